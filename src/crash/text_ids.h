#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace rigbisect {

// Numbers different texts from 0 on, in the order in which they come. A hash table in one piece: names of a
// report are looked up more often than anything else. The texts must outlive it.
class TextIds {
 public:
  static constexpr auto none = static_cast<std::size_t>(-1);

  // `expected`: about so many different texts.
  explicit TextIds(std::size_t expected) {
    std::size_t slots = 16;
    while (slots < 4 * expected) slots *= 2;
    slots_.resize(slots);
    texts_.reserve(expected);
  }

  std::size_t size() const { return texts_.size(); }
  std::string_view text(std::size_t id) const { return texts_[id]; }
  const std::vector<std::string_view>& texts() const { return texts_; }

  std::size_t find(std::string_view text) const { return slots_[slot_of(text)] - std::size_t{1}; }

  std::size_t add(std::string_view text) {
    auto slot = slot_of(text);
    if (slots_[slot] != 0) return slots_[slot] - std::size_t{1};
    if (2 * texts_.size() >= slots_.size()) {
      grow();
      slot = slot_of(text);
    }
    texts_.push_back(text);
    slots_[slot] = static_cast<std::uint32_t>(texts_.size());
    return texts_.size() - 1;
  }

 private:
  static std::size_t hash_of(std::string_view text) {
    std::uint64_t hash = text.size();
    if (text.size() < sizeof hash) return mixed(hash, short_text(text));
    for (; text.size() > sizeof hash; text.remove_prefix(std::min(sizeof hash, text.size() - sizeof hash)))
      hash = mixed(hash, load<std::uint64_t>(text.data()));
    return mixed(hash, load<std::uint64_t>(text.data()));
  }

  // All bytes of less than eight, some twice.
  static std::uint64_t short_text(std::string_view text) {
    if (text.empty()) return 0;
    const auto* const end = text.data() + text.size();
    if (text.size() >= 4)
      return load<std::uint32_t>(text.data()) | std::uint64_t{load<std::uint32_t>(end - 4)} << 32;
    const auto byte = [](const char* at) { return std::uint64_t{load<std::uint8_t>(at)}; };
    return byte(text.data()) | byte(text.data() + text.size() / 2) << 8 | byte(end - 1) << 16;
  }

  template <typename Number>
  static Number load(const char* at) {
    Number value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
  }

  static std::uint64_t mixed(std::uint64_t hash, std::uint64_t part) {
    hash = (hash ^ part) * 0x9E3779B97F4A7C15U;
    return hash ^ hash >> 29;
  }

  std::size_t slot_of(std::string_view text) const {
    const auto mask = slots_.size() - 1;
    auto slot = hash_of(text) & mask;
    while (slots_[slot] != 0 && texts_[slots_[slot] - 1] != text) slot = (slot + 1) & mask;
    return slot;
  }

  void grow() {
    slots_.assign(2 * slots_.size(), 0);
    for (std::size_t id = 0; id < texts_.size(); ++id)
      slots_[slot_of(texts_[id])] = static_cast<std::uint32_t>(id + 1);
  }

  std::vector<std::uint32_t> slots_;  // id + 1; 0: free
  std::vector<std::string_view> texts_;
};

}  // namespace rigbisect
