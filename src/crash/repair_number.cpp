#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "crash/char_class.h"
#include "crash/console_line.h"
#include "crash/repair.h"

namespace rigbisect {
namespace {

constexpr std::size_t address_digits = 16;

// "RAX: ", "[<"
bool is_register_or_address(std::string_view before) {
  if (before.ends_with('<')) return true;
  if (!before.ends_with(": ") || before.size() < 4) return false;
  const char last = before[before.size() - 3];
  return (last >= 'A' && last <= 'Z') || (last >= '0' && last <= '9');
}

using Bytes [[gnu::vector_size(16)]] = unsigned char;
using Lanes [[gnu::vector_size(16)]] = std::uint32_t;

// Which lanes of four bytes are hexadecimal digits, all of them.
Lanes hex_lanes(const char* at) {
  Bytes bytes;
  std::memcpy(&bytes, at, sizeof bytes);
  const auto hex = (bytes - '0' < 10) | (bytes - 'a' < 6);
  return std::bit_cast<Lanes>(hex) == ~std::uint32_t{0};
}

// Whether there may be a run of more than ten digits: it covers two lanes that stand side by side.
bool may_have_long_number(std::string_view text) {
  constexpr std::size_t lane = sizeof(std::uint32_t);
  constexpr std::size_t looked_at = sizeof(Bytes) + lane;
  if (text.size() < looked_at) return true;
  const auto* const last = text.data() + text.size() - looked_at;
  const auto pairs = [](const char* at) { return hex_lanes(at) & hex_lanes(at + lane); };
  auto any = pairs(last);
  for (const auto* at = text.data(); at < last; at += sizeof(Bytes)) any |= pairs(at);
  const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(any);
  return (halves[0] | halves[1]) != 0;
}

// Hexadecimal numbers of a report by their width.
struct Widths {
  std::size_t whole = 0;
  std::size_t narrow = 0;

  // Only runs of `telling` digits count: each has two neighbours of the places looked at.
  void add(std::string_view text) {
    constexpr std::size_t telling = address_digits - 2;
    constexpr std::size_t step = telling / 2;
    for (auto at = step - 1; at + step < text.size(); at += step) {
      if (!is_hex(text[at]) || !is_hex(text[at + step])) continue;
      auto begin = at;
      while (begin > 0 && is_hex(text[begin - 1])) --begin;
      while (at < text.size() && is_hex(text[at])) ++at;
      const auto size = at - begin;
      if (size < telling || !is_register_or_address(text.substr(0, begin))) continue;
      if (size == address_digits) ++whole;
      if (size < address_digits) ++narrow;
    }
  }
};

// "Code: 48 8b <0f> 0b", "Code: d4210000 (9001b460)": each byte has two digits. "Code: bad PC value" has no
// bytes.
std::size_t narrow_code_bytes(std::string_view text) {
  if (!text.starts_with("Code: ")) return 0;
  constexpr std::size_t fewest = 4;
  std::size_t numbers = 0;
  std::size_t narrow = 0;
  text.remove_prefix(6);
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    auto word = text.substr(0, end);
    if (word.starts_with('<') || word.starts_with('(')) word = word.substr(1, word.size() - 2);
    const bool number = std::all_of(word.begin(), word.end(), is_hex);
    const bool odd = word.size() == 1 || word.size() == 3 || word.size() == 7;
    numbers += number ? 1U : 0U;
    narrow += number && end < text.size() && odd ? 1U : 0U;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return numbers < fewest ? 0 : narrow;
}

}  // namespace

void count_narrow_numbers(const LogLines& log, Damage& damage) {
  Widths widths;
  for (const auto& line : log.lines()) {
    if (!same_context(line.context, log.lines().front().context)) continue;
    if (may_have_long_number(line.text)) widths.add(line.text);
    damage.places += narrow_code_bytes(line.text);
  }
  if (widths.whole >= 4 * widths.narrow) damage.places += widths.narrow;
}

}  // namespace rigbisect
