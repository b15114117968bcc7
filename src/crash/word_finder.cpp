#include "crash/word_finder.h"

#include <bit>

namespace rigbisect {
namespace {

static_assert(std::endian::native == std::endian::little, "samples are the first bytes of what is loaded");

// Small letters, digits and blanks are everywhere.
std::size_t common_bytes(std::string_view text) {
  const auto is_common = [](char c) {
    return c == ' ' || c == '_' || c == '-' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_common));
}

// The stretch of `size` bytes that is rarest elsewhere.
std::size_t rarest(std::string_view word, std::size_t size) {
  std::size_t best = 0;
  for (std::size_t at = 1; at + size <= word.size(); ++at)
    if (common_bytes(word.substr(at, size)) < common_bytes(word.substr(best, size))) best = at;
  return best;
}

}  // namespace

// A stretch of `shortest_` bytes covers a whole sample at one of every `step_` places, wherever it stands.
void WordFinder::build(const std::vector<std::string_view>& words) {
  for (std::size_t word = 0; word < words.size(); ++word) {
    const auto text = words[word];
    if (text.size() < shortest_) continue;
    const auto begin = rarest(text, shortest_);
    for (auto offset = begin; offset < begin + step_; ++offset) {
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
