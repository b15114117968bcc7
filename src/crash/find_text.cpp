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

// REQUIRES: a word that ends in the text wherever it begins before `end`.
const char* find_one_by_one(const char* at, const char* end, std::string_view word) {
  for (; at != end; ++at)
    if (*at == word.front() && std::memcmp(at, word.data(), word.size()) == 0) return at;
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
    const char first = word.front();
    const char last = word.back();
    while (found == nullptr) {
      const auto hits = (load(at) == first) & (load(at + word.size() - 1) == last);
      const auto halves = std::bit_cast<Halves>(hits);
      if ((halves[0] | halves[1]) != 0) found = find_one_by_one(at, at + block, word);
      at += block;
      if (at >= end) break;
      at = std::min(at, end - block);  // some places twice
    }
  }
  return found == nullptr ? text.npos : static_cast<std::size_t>(found - text.data());
}

}  // namespace rigbisect
