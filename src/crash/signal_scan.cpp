#include "crash/signal_scan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

namespace rigbisect {
namespace {

// A word of `shortest` bytes or more covers a whole sample at one of every `step` places, wherever it stands:
// only those places are looked at.
constexpr std::size_t sample = 6;
constexpr std::size_t shortest = 9;
constexpr std::size_t step = shortest - sample + 1;
constexpr std::size_t block = 64;
static_assert(std::endian::native == std::endian::little, "load() cuts the sample out of eight bytes");

// REQUIRES: eight bytes to read.
std::uint64_t load(const char* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value << 16;
}

// Bytes of words, at all their places modulo `step`.
class Filter {
 public:
  Filter() {
    for (const auto word : signal_words())
      for (std::size_t offset = 0; offset < step; ++offset) {
        std::array<char, 8> bytes{};
        word.copy(bytes.data(), sample, offset);
        const auto value = load(bytes.data());
        const auto hash = hash_of(value);
        bits_[hash >> 6] |= std::uint64_t{1} << (hash & 63);
        entries_.push_back({value, offset, word});
      }
    std::sort(entries_.begin(), entries_.end(), [](auto& a, auto& b) { return a.sample < b.sample; });
  }

  bool may_hold(const char* at) const { return bit(at) != 0; }

  bool may_hold_one_of_four(const char* at) const {
    return (bit(at) | bit(at + step) | bit(at + 2 * step) | bit(at + 3 * step)) != 0;
  }

  // Whether a word covers the sample at `at`.
  bool holds(const char* sampled, std::string_view bytes, std::size_t at) const {
    const auto value = load(sampled);
    auto entry = std::lower_bound(entries_.begin(), entries_.end(), value,
                                  [](const Entry& e, std::uint64_t v) { return e.sample < v; });
    for (; entry != entries_.end() && entry->sample == value; ++entry)
      if (entry->offset <= at && bytes.substr(at - entry->offset, entry->word.size()) == entry->word)
        return true;
    return false;
  }

 private:
  struct Entry {
    std::uint64_t sample;
    std::size_t offset;
    std::string_view word;
  };

  std::uint64_t bit(const char* at) const {
    const auto hash = hash_of(load(at));
    return bits_[hash >> 6] >> (hash & 63) & 1;
  }

  static std::uint64_t hash_of(std::uint64_t value) { return (value * 0x9E3779B97F4A7C15U) >> 47; }

  std::array<std::uint64_t, 2048> bits_{};
  std::vector<Entry> entries_;
};

const Filter& filter() {
  static const Filter built;
  return built;
}

// A colon behind the last letter of a short literal (see below), or a byte
// that is no text. For one byte and for a vector of bytes: the hot loop of a scan.
template <typename Bytes>
auto short_signals(Bytes before, Bytes c) {
  const auto colon = (c == ':') & ((before == 'G') | (before == 'O') | (before == '3') | (before == 'c') |
                                   (before == 'N') | (before == 'L'));
  const auto odd = ((c < ' ') & (c != '\n') & (c != '\r') & (c != '\t')) | (c == '\x7f');
  return colon | odd;
}

using Vector [[gnu::vector_size(16)]] = signed char;
using Halves [[gnu::vector_size(16)]] = std::uint64_t;

bool block_has_short_signal(const char* at) {
  Vector any{};
  for (std::size_t i = 0; i < block; i += sizeof(Vector)) {
    Vector before;
    Vector here;
    std::memcpy(&before, at + i - 1, sizeof before);
    std::memcpy(&here, at + i, sizeof here);
    any |= short_signals(before, here);
  }
  Halves halves;
  std::memcpy(&halves, &any, sizeof halves);
  return (halves[0] | halves[1]) != 0;
}

constexpr std::string_view short_literals[] = {
    "BUG:", "WARNING:", "INFO:", "int3:", "panic:", "UBSAN:", "SYZFAIL:", "SYZFATAL:"};

bool ends_short_literal(std::string_view bytes, std::size_t colon) {
  const auto head = bytes.substr(0, colon + 1);
  return bytes[colon] != ':' || std::any_of(std::begin(short_literals), std::end(short_literals),
                                            [&](auto literal) { return head.ends_with(literal); });
}

std::size_t find_short(std::string_view bytes, std::size_t from, std::size_t to) {
  const char* data = bytes.data();
  while (from < to) {
    if (from > 0 && from + block <= to && !block_has_short_signal(data + from)) {
      from += block;
      continue;
    }
    const auto end = std::min(from + block, to);
    for (; from < end; ++from) {
      const auto before = static_cast<signed char>(from == 0 ? '\n' : data[from - 1]);
      if (short_signals(before, static_cast<signed char>(data[from])) && ends_short_literal(bytes, from))
        return from;
    }
  }
  return to;
}

std::size_t find_word(std::string_view bytes, std::size_t from, std::size_t to) {
  const auto& words = filter();
  constexpr std::size_t loaded = 8;
  const auto end = bytes.size() < loaded ? 0 : bytes.size() - loaded + 1;
  const auto last = std::min(to, end);
  auto at = from;
  for (; at < last; at += step) {
    while (at + 4 * step <= last && !words.may_hold_one_of_four(bytes.data() + at)) at += 4 * step;
    if (at < last && words.may_hold(bytes.data() + at) && words.holds(bytes.data() + at, bytes, at))
      return at;
  }
  // Where the bytes end, a copy has what is loaded behind them.
  for (; at < to; at += step) {
    std::array<char, loaded> tail{};
    bytes.substr(at).copy(tail.data(), loaded);
    if (words.holds(tail.data(), bytes, at)) return at;
  }
  return to;
}

}  // namespace

std::size_t find_signal(std::string_view bytes, std::size_t from) {
  constexpr std::size_t stretch = 4096;  // stays in the nearest cache for the second look
  while (from < bytes.size()) {
    const auto to = std::min(from + stretch, bytes.size());
    const auto found = std::min(find_short(bytes, from, to), find_word(bytes, from, to));
    if (found < to) return found;
    from = to;
  }
  return bytes.size();
}

}  // namespace rigbisect
