#include "base/escape.h"

namespace rigbisect {
namespace {

bool is_printable(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7f;
}

}  // namespace

std::string escape(std::string_view bytes, std::size_t max) {
  std::string out;
  for (const char c : bytes) {
    const bool plain = is_printable(c) && c != '\\';
    if ((plain ? 1U : 4U) > max - out.size()) break;
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += "\\x";
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 0xf];
  }
  return out;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (!is_printable(text[0])) return std::nullopt;
    if (text[0] != '\\') {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    if (text.size() < 4 || text[1] != 'x') return std::nullopt;
    const std::size_t high = kHexDigits.find(text[2]);
    const std::size_t low = kHexDigits.find(text[3]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
    text.remove_prefix(4);
  }
  return out;
}

}  // namespace rigbisect
