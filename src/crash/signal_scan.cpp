#include "crash/signal_scan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

namespace rigbisect {
namespace {

// A word of `shortest_signal` bytes or more covers a whole sample at one of every `step` places, wherever it
// stands: only those places are looked at.
constexpr std::size_t sample = 6;
constexpr std::size_t shortest_signal = 9;
constexpr std::size_t step = shortest_signal - sample + 1;
constexpr std::size_t block_size = 64;
static_assert(std::endian::native == std::endian::little, "load_word() cuts the sample out of eight bytes");

// REQUIRES: eight bytes to read.
std::uint64_t load_word(const char* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// Bytes of words, at all their places modulo `step`.
class Filter {
 public:
  using Words = std::span<const std::string_view>;

  explicit Filter(std::initializer_list<Words> lists) {
    for (const auto list : lists) add(list);
    std::sort(entries_.begin(), entries_.end(), [](auto& a, auto& b) { return a.hash < b.hash; });
    for (auto i = entries_.size(); i-- > 0;) first_[entries_[i].hash] = static_cast<std::uint16_t>(i);
  }

  bool may_hold(const char* at) const { return there_[hash_of(load_word(at))] != 0; }

  bool may_hold_one_of_four(const char* at) const {
    return (there_[hash_of(load_word(at))] | there_[hash_of(load_word(at + step))] |
            there_[hash_of(load_word(at + 2 * step))] | there_[hash_of(load_word(at + 3 * step))]) != 0;
  }

  // Whether a word covers the sample at `at`, which begins at `sampled` as well.
  bool holds(const char* sampled, std::string_view bytes, std::size_t at) const {
    const auto hash = hash_of(load_word(sampled));
    if (there_[hash] == 0) return false;
    for (std::size_t i = first_[hash]; i < entries_.size() && entries_[i].hash == hash; ++i) {
      const auto& entry = entries_[i];
      if (entry.offset <= at && bytes.substr(at - entry.offset).starts_with(entry.word)) return true;
    }
    return false;
  }

 private:
  static constexpr int hash_bits = 15;  // a byte each stays in the nearest cache
  static constexpr std::size_t size = std::size_t{1} << hash_bits;

  struct Entry {
    std::size_t hash;
    std::size_t offset;
    std::string_view word;
  };

  void add(Words words) {
    for (const auto word : words)
      for (std::size_t offset = 0; offset < step; ++offset) {
        std::array<char, 8> bytes{};
        word.copy(bytes.data(), sample, offset);
        const auto hash = hash_of(load_word(bytes.data()));
        there_[hash] = 1;
        entries_.push_back({hash, offset, word});
      }
  }

  // Of the first `sample` bytes: the factor moves the others out.
  static std::size_t hash_of(std::uint64_t value) {
    return value * (0x9E3779B97F4A7C15U << (64 - 8 * sample)) >> (64 - hash_bits);
  }

  std::array<std::uint8_t, size> there_{};
  std::array<std::uint16_t, size> first_{};  // of the entries with that hash, where there is one
  std::vector<Entry> entries_;
};

const Filter& all_words() {
  static const Filter built{oops_signal_words(), note_signal_words()};
  return built;
}

const Filter& note_words() {
  static const Filter built{note_signal_words()};
  return built;
}

// What is looked for besides words: bytes that are no text, and with them the ends of short literals.
enum class Short { odd_bytes, literals_too };

// A byte that is no text, or a colon behind the last letter of a short literal (see below). For one byte and
// for a vector of bytes: the hot loop of a scan.
template <Short kind, typename Bytes, typename Signals>
[[gnu::always_inline]] inline void short_signals(const Bytes& before, const Bytes& c, Signals& found) {
  found = ((c < ' ') & (c != '\n') & (c != '\r') & (c != '\t')) | (c == '\x7f');
  if constexpr (kind == Short::literals_too) {
    found |= (c == ':') & ((before == 'G') | (before == 'O') | (before == '3') | (before == 'c') |
                           (before == 'N') | (before == 'L'));
  }
}

// The first of the `block_size` bytes at `at` that is one, `block_size` if none is.
template <Short kind, typename Vector, typename Words>
[[gnu::always_inline]] inline std::size_t first_short_signal(const char* at) {
  for (std::size_t i = 0; i < block_size; i += sizeof(Vector)) {
    Vector before;
    Vector here;
    Vector found;
    Words words;
    std::memcpy(&before, at + i - 1, sizeof before);
    std::memcpy(&here, at + i, sizeof here);
    short_signals<kind>(before, here, found);
    std::memcpy(&words, &found, sizeof words);
    std::uint64_t any = 0;
    for (std::size_t word = 0; word < sizeof words / sizeof any; ++word) any |= words[word];
    if (any == 0) continue;
    std::size_t word = 0;
    while (words[word] == 0) ++word;
    return i + word * sizeof any + static_cast<std::size_t>(std::countr_zero(words[word])) / 8;
  }
  return block_size;
}

using Bytes16 [[gnu::vector_size(16)]] = signed char;
using Words16 [[gnu::vector_size(16)]] = std::uint64_t;
using Bytes32 [[gnu::vector_size(32)]] = signed char;
using Words32 [[gnu::vector_size(32)]] = std::uint64_t;

using BlockScan = std::size_t (*)(const char* at);

template <Short kind>
std::size_t scan_block(const char* at) {
  return first_short_signal<kind, Bytes16, Words16>(at);
}

#if defined(__x86_64__)
template <Short kind>
[[gnu::target("avx2")]] std::size_t scan_block_avx2(const char* at) {
  return first_short_signal<kind, Bytes32, Words32>(at);
}
#endif

// The fastest that this processor has.
template <Short kind>
BlockScan block_scan(bool portable) {
#if defined(__x86_64__)
  if (!portable && __builtin_cpu_supports("avx2") != 0) return scan_block_avx2<kind>;
#endif
  return scan_block<kind>;
}

constexpr std::string_view short_literals[] = {
    "BUG:", "WARNING:", "INFO:", "int3:", "panic:", "UBSAN:", "SYZFAIL:", "SYZFATAL:"};

bool ends_short_literal(std::string_view bytes, std::size_t colon) {
  const auto head = bytes.substr(0, colon + 1);
  return bytes[colon] != ':' || std::any_of(std::begin(short_literals), std::end(short_literals),
                                            [&](auto literal) { return head.ends_with(literal); });
}

template <Short kind>
bool is_short_signal(std::string_view bytes, std::size_t at) {
  const auto before = static_cast<signed char>(at == 0 ? '\n' : bytes[at - 1]);
  bool found = false;
  short_signals<kind>(before, static_cast<signed char>(bytes[at]), found);
  return found && ends_short_literal(bytes, at);
}

template <Short kind>
std::size_t find_short(std::string_view bytes, std::size_t from, std::size_t to, BlockScan scan) {
  if (from == 0 && to > 0) {  // the others have a byte before them
    if (is_short_signal<kind>(bytes, 0)) return 0;
    from = 1;
  }
  while (from + block_size <= to) {
    const auto place = scan(bytes.data() + from);
    from += place;
    if (place == block_size) continue;
    if (ends_short_literal(bytes, from)) return from;
    ++from;
  }
  while (from < to && !is_short_signal<kind>(bytes, from)) ++from;
  return from;
}

std::size_t find_word(std::string_view bytes, std::size_t from, std::size_t to, const Filter& words) {
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

template <Short kind>
std::size_t find(std::string_view bytes, std::size_t from, const Filter& words, bool portable) {
  constexpr std::size_t stretch = 1024;  // stays in the nearest cache for the second look
  const auto scan = block_scan<kind>(portable);
  while (from < bytes.size()) {
    const auto to = std::min(from + stretch, bytes.size());
    const auto found = find_word(bytes, from, find_short<kind>(bytes, from, to, scan), words);
    if (found < to) return found;
    from = to;
  }
  return bytes.size();
}

}  // namespace

std::size_t find_signal(std::string_view bytes, std::size_t from, bool portable) {
  return find<Short::literals_too>(bytes, from, all_words(), portable);
}

std::size_t find_note_signal(std::string_view bytes, std::size_t from) {
  return find<Short::odd_bytes>(bytes, from, note_words(), false);
}

}  // namespace rigbisect
