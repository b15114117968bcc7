#include "crash/word_finder.h"

namespace rigbisect {
namespace {

// For each byte how rare it is: its place among those of console text, the most frequent first.
class Rarity {
 public:
  constexpr Rarity() {
    constexpr std::string_view frequent = " 01fe8243[]657_9axc.trdos:nil/b+puRm=kCTghv-Sy)(wIPDGA";
    places_.fill(frequent.size());
    for (std::size_t i = 0; i < frequent.size(); ++i) places_[static_cast<unsigned char>(frequent[i])] = i;
  }

  constexpr std::size_t of(std::string_view text) const {
    std::size_t sum = 0;
    for (const char c : text) sum += places_[static_cast<unsigned char>(c)];
    return sum;
  }

 private:
  std::array<std::size_t, 256> places_{};
};

}  // namespace

std::size_t rarest_stretch(std::string_view word, std::size_t size) {
  static constexpr Rarity rarity;
  std::size_t best = 0;
  for (std::size_t at = 1; at + size <= word.size(); ++at)
    if (rarity.of(word.substr(at, size)) > rarity.of(word.substr(best, size))) best = at;
  return best;
}

}  // namespace rigbisect
