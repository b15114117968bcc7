#include "base/release.h"

#include <charconv>

namespace rigbisect {
namespace {

// Takes a number of at most six digits from the front of `text`.
std::optional<int> take_number(std::string_view& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || length > 6 || value < 0 || text.front() == '-') return std::nullopt;
  text.remove_prefix(length);
  return value;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

}  // namespace

std::optional<ReleaseVersion> parse_release(std::string_view tag) {
  ReleaseVersion version;
  const auto number_into = [&tag](int& field) {
    const auto number = take_number(tag);
    if (number) field = *number;
    return number.has_value();
  };
  if (!take(tag, "v") || !number_into(version.major)) return std::nullopt;
  if (!take(tag, ".") || !number_into(version.minor)) return std::nullopt;
  if (take(tag, "-rc") && !number_into(version.candidate)) return std::nullopt;
  if (take(tag, ".") && !number_into(version.patch)) return std::nullopt;
  if (!tag.empty()) return std::nullopt;
  return version;
}

}  // namespace rigbisect
