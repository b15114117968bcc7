#include "crash/find_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace rigbisect {
namespace {

using Vector [[gnu::vector_size(16)]] = char;
constexpr std::ptrdiff_t block = sizeof(Vector);
using Halves = std::array<std::uint64_t, 2>;

Vector load(const char* at) {
  Vector value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

bool stands_at(const char* at, std::string_view word) {
  return std::memcmp(at, word.data(), word.size()) == 0;
}

// REQUIRES: a word that ends in the text wherever it begins before `end`.
const char* find_one_by_one(const char* at, const char* end, std::string_view word) {
  const auto last = word.size() - 1;
  for (; at < end; ++at)
    if (*at == word.front() && at[last] == word.back() && stands_at(at, word)) return at;
  return nullptr;
}

// The first place of a block whose byte in `hits` is set and where the word stands.
const char* first_of(const Halves& hits, const char* at, std::string_view word) {
  for (std::size_t half = 0; half < hits.size(); ++half)
    for (auto rest = hits[half]; rest != 0;) {
      const auto place = static_cast<std::size_t>(std::countr_zero(rest)) / 8;
      const auto* found = at + half * sizeof rest + place;
      if (word.size() <= 2 || stands_at(found, word)) return found;
      rest &= ~(std::uint64_t{0xff} << (place * 8));
    }
  return nullptr;
}

}  // namespace

std::size_t find_text(std::string_view text, std::string_view word, std::size_t from) {
  if (from > text.size() || word.size() > text.size() - from) return text.npos;
  if (word.empty()) return from;
  const auto* at = text.data() + from;
  const auto* const end = text.data() + text.size() - word.size() + 1;
  const char* found = nullptr;
  if (end - at < block) {
    found = find_one_by_one(at, end, word);
  } else {
    const auto last = word.size() - 1;
    for (;;) {
      const auto hits = (load(at) == word.front()) & (load(at + last) == word.back());
      const auto halves = std::bit_cast<Halves>(hits);
      if ((halves[0] | halves[1]) != 0) found = first_of(halves, at, word);
      if (found != nullptr || at + block >= end) break;
      at = std::min(at + block, end - block);  // some places twice
    }
  }
  return found == nullptr ? text.npos : static_cast<std::size_t>(found - text.data());
}

}  // namespace rigbisect
