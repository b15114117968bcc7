#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

// Finds many words at once in short texts: by samples of three bytes, most of which are of no word.
namespace rigbisect {

// Words shorter than `shortest` are never found. The longer it is the fewer places are looked at.
template <std::size_t shortest>
class WordFinder {
 public:
  static constexpr std::size_t sample = 3;
  static_assert(shortest >= sample);

  WordFinder() = default;

  // The words, which must outlive this, are told by their place.
  explicit WordFinder(const std::vector<std::string_view>& words);

  // Calls `found` with the number of each word in `text`, once or more.
  template <typename Found>
  void find(std::string_view text, Found found) const {
    if (text.size() < shortest) return;
    if (text.size() < loaded) return look_at_three(text, found);
    const auto places = (text.size() - loaded) / step + 1;
    for (std::size_t first = 0; first < places; first += block)
      look_at_block(text, text.data() + first * step, std::min(places - first, block), found);
    // The last sample has no byte behind it, but one in front.
    const auto* const end = text.data() + text.size();
    const auto last = load<std::uint32_t>(end - loaded) >> 8 << 8;
    if (there_[hash_of(last)] != 0) look(last, text, end - sample, found);
  }

 private:
  // A stretch of `shortest` bytes covers a whole sample at one of every `step` places, wherever it stands.
  static constexpr std::size_t step = shortest - sample + 1;
  static constexpr std::size_t loaded = 4;
  static constexpr std::size_t block = 64;  // samples that are looked at together
  static_assert(std::endian::native == std::endian::little, "samples are the first bytes of what is loaded");
  static constexpr int hash_bits = 14;
  static constexpr std::size_t size = std::size_t{1} << hash_bits;

  // A word that covers a sample at one of its places.
  struct Entry {
    std::uint32_t sampled = 0;
    std::uint32_t offset = 0;  // of the sample in the word
    std::uint64_t head = 0;    // the first bytes of the word
    std::uint64_t mask = 0;    // of the bytes that `head` has
    std::string_view rest;     // of the word behind them
    std::size_t word = 0;
  };

  template <typename Number>
  static Number load(const char* at) {
    Number value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  static std::uint32_t sample_at(const char* at) { return load<std::uint32_t>(at) << 8 * (loaded - sample); }
  static std::size_t hash_of(std::uint32_t sampled) { return sampled * 0x9E3779B1U >> (32 - hash_bits); }

  // Looks at all samples first, without a branch: it would be mispredicted too often.
  template <typename Found>
  void look_at_block(std::string_view text, const char* at, std::size_t places, Found& found) const {
    std::array<const char*, block> hits;
    std::size_t count = 0;
    for (; places > 0; --places, at += step) {
      hits[count] = at;
      count += there_[hash_of(sample_at(at))];
    }
    for (std::size_t i = 0; i < count; ++i) look(sample_at(hits[i]), text, hits[i], found);
  }

  template <typename Found>
  void look_at_three(std::string_view text, Found& found) const {
    std::array<char, loaded> padded{};
    text.copy(padded.data(), sample);
    look(sample_at(padded.data()), text, text.data(), found);
  }

  template <typename Found>
  void look(std::uint32_t sampled, std::string_view text, const char* at, Found& found) const {
    const auto hash = hash_of(sampled);
    for (std::size_t i = first_[hash]; i < first_[hash + 1]; ++i)
      if (entries_[i].sampled == sampled && stands(entries_[i], text, at)) found(entries_[i].word);
  }

  static bool stands(const Entry& entry, std::string_view text, const char* at) {
    if (at - text.data() < static_cast<std::ptrdiff_t>(entry.offset)) return false;
    const auto* const begin = at - entry.offset;
    auto left = static_cast<std::size_t>(text.data() + text.size() - begin);
    std::uint64_t head = 0;
    if (left >= sizeof head) {
      head = load<std::uint64_t>(begin);
    } else {
      std::memcpy(&head, begin, left);
    }
    if (((head ^ entry.head) & entry.mask) != 0) return false;
    left -= std::min(left, sizeof head);
    return entry.rest.empty() || std::string_view(begin + sizeof head, left).starts_with(entry.rest);
  }

  std::array<std::uint8_t, size> there_{};
  std::array<std::uint16_t, size + 1> first_{};  // of the entries with that hash
  std::vector<Entry> entries_;                   // sorted by hash
};

// Where the stretch of `size` bytes begins that is rarest in console text.
std::size_t rarest_stretch(std::string_view word, std::size_t size);

template <std::size_t shortest>
WordFinder<shortest>::WordFinder(const std::vector<std::string_view>& words) {
  for (std::size_t word = 0; word < words.size(); ++word) {
    const auto text = words[word];
    if (text.size() < shortest) continue;
    const auto begin = rarest_stretch(text, shortest);
    for (auto offset = begin; offset < begin + step; ++offset) {
      std::array<char, loaded> bytes{};
      text.copy(bytes.data(), sample, offset);
      Entry entry{sample_at(bytes.data()), static_cast<std::uint32_t>(offset), 0, 0, {}, word};
      const auto head = std::min(text.size(), sizeof entry.head);
      std::memcpy(&entry.head, text.data(), head);
      std::memset(&entry.mask, 0xff, head);
      entry.rest = text.substr(head);
      entries_.push_back(entry);
    }
  }
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](auto& a, auto& b) { return hash_of(a.sampled) < hash_of(b.sampled); });
  for (const auto& entry : entries_) {
    there_[hash_of(entry.sampled)] = 1;
    ++first_[hash_of(entry.sampled) + 1];
  }
  for (std::size_t i = 1; i < first_.size(); ++i)
    first_[i] = static_cast<std::uint16_t>(first_[i] + first_[i - 1]);
}

}  // namespace rigbisect
