#include "base/marker.h"

#include <array>
#include <charconv>

#include "base/escape.h"

namespace rigbisect {
namespace {

constexpr std::string_view kStart = "@rb1 ";
constexpr std::size_t kNonceLength = 16;
constexpr std::size_t kLongestKind = 16;
constexpr std::size_t kLongestPayload = 512;
constexpr std::size_t kTrailLength = 10;  // " ~" and eight digits
constexpr std::size_t kLongestLine =
    kStart.size() + kNonceLength + 1 + 10 + 1 + kLongestKind + 1 + kLongestPayload + kTrailLength;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1U) != 0 ? 0xedb88320U : 0U);
    table[i] = value;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kCrcTable = make_crc_table();

std::string hex32(std::uint32_t value) {
  std::string out(8, '0');
  for (std::size_t i = 8; i-- > 0; value >>= 4) out[i] = kHexDigits[value & 0xfU];
  return out;
}

// Takes the word up to the next blank (or the end) off `text`, and the blank with it.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = text.find(' ');
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return word;
}

bool is_nonce(std::string_view word) {
  return word.size() == kNonceLength && word.find_first_not_of(kHexDigits) == std::string_view::npos;
}

bool is_kind(std::string_view word) {
  return !word.empty() && word.size() <= kLongestKind &&
         word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
}

std::optional<std::uint32_t> parse_seq(std::string_view word) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || word[0] == '0') return std::nullopt;
  return value;
}

// `body` is everything from "@rb1" to the blank before '~'; its CRC is known to be right.
std::optional<Marker> parse_body(std::string_view body) {
  std::string_view rest = body.substr(kStart.size());
  const std::string_view nonce = take_word(rest);
  const std::string_view seq_word = take_word(rest);
  const std::string_view kind = take_word(rest);
  const auto seq = parse_seq(seq_word);
  if (!is_nonce(nonce) || !seq || !is_kind(kind) || rest.size() > kLongestPayload) return std::nullopt;
  auto payload = unescape(rest);
  if (!payload) return std::nullopt;
  return Marker{std::string(nonce), *seq, std::string(kind), std::move(*payload)};
}

}  // namespace

std::string format_marker(const Marker& marker) {
  std::string line =
      std::string(kStart) + marker.nonce + " " + std::to_string(marker.seq) + " " + marker.kind;
  if (!marker.payload.empty()) line += " " + escape(marker.payload, kLongestPayload);
  const std::uint32_t sum = crc32(line);
  return line + " ~" + hex32(sum);
}

std::optional<Marker> parse_marker(std::string_view line) {
  line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
  if (line.size() < kStart.size() + kTrailLength) return std::nullopt;
  const std::string_view trail = line.substr(line.size() - kTrailLength);
  if (!trail.starts_with(" ~") || trail.find_first_not_of(kHexDigits, 2) != std::string_view::npos)
    return std::nullopt;

  // "@rb1" may stand several times on a damaged line, and may be text in a payload: the CRC tells which it
  // is.
  std::string_view body = line.substr(0, line.size() - kTrailLength);
  if (line.size() > kLongestLine) body.remove_prefix(line.size() - kLongestLine);
  for (std::size_t at = body.find(kStart); at != std::string_view::npos; at = body.find(kStart, at + 1)) {
    const std::string_view candidate = body.substr(at);
    if (hex32(crc32(candidate)) == trail.substr(2)) return parse_body(candidate);
  }
  return std::nullopt;
}

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t value = ~0U;
  for (const char c : bytes) value = value >> 8 ^ kCrcTable[(value ^ static_cast<unsigned char>(c)) & 0xffU];
  return ~value;
}

}  // namespace rigbisect
