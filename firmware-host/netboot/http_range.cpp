#include "netboot/http_range.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "base/text.h"

namespace rigbisect::netboot {

namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

ByteRange parse_range(std::string_view header, std::uint64_t file_size) {
  using Kind = ByteRange::Kind;
  const ByteRange whole{Kind::whole, 0, file_size};
  constexpr std::string_view unit = "bytes=";
  header = trim(header);
  if (!header.starts_with(unit)) return whole;
  header.remove_prefix(unit.size());
  const std::size_t dash = header.find('-');
  if (dash == std::string_view::npos) return whole;
  const std::string_view first = trim(header.substr(0, dash)), last = trim(header.substr(dash + 1));
  const auto from = number(first), to = number(last);
  if (first.empty()) {  // the last n bytes
    if (!to) return whole;
    const std::uint64_t size = std::min(*to, file_size);
    return size == 0 ? ByteRange{Kind::unsatisfiable, 0, 0} : ByteRange{Kind::part, file_size - size, size};
  }
  if (!from || (!to && !last.empty()) || (to && *to < *from)) return whole;
  if (*from >= file_size) return {Kind::unsatisfiable, 0, 0};
  const std::uint64_t end = to ? std::min(*to, file_size - 1) : file_size - 1;
  return {Kind::part, *from, end - *from + 1};
}

}  // namespace rigbisect::netboot
