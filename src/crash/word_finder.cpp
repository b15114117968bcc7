#include "crash/word_finder.h"

namespace rigbisect {
namespace {

// The pairs of bytes that are the most frequent ones in console text, by the logs of tests/data/console.
constexpr std::string_view frequent_pairs =
    "00  ff[ ] 0x 0: ==0  1 f/0+0in Rri01.03.f te 3ng022011it10x18  C 413re120]1"
    " --e+ ?? 8015 21.][ 68822901448d  T6450 cb _s__44erR10.a019lo2]03x2an e ral"
    " 8fe2.38ckst4]efe  d.18]le89f8.34.3]ll34302304t .8070/ _desyocX:ys i_w2 fc";
static_assert(frequent_pairs.size() % 2 == 0);

// For each pair of bytes its place among the frequent ones, the most frequent first.
class Rarity {
 public:
  Rarity() {
    places_.fill(static_cast<std::uint16_t>(frequent_pairs.size()));
    for (std::size_t at = frequent_pairs.size(); at > 0; at -= 2)
      places_[number(frequent_pairs.substr(at - 2))] = static_cast<std::uint16_t>(at);
  }

  std::size_t of(std::string_view text) const {
    std::size_t sum = 0;
    for (std::size_t at = 0; at + 2 <= text.size(); ++at) sum += places_[number(text.substr(at))];
    return sum;
  }

 private:
  static std::size_t number(std::string_view pair) {
    return std::size_t{static_cast<unsigned char>(pair[0])} << 8 | static_cast<unsigned char>(pair[1]);
  }

  std::array<std::uint16_t, 1U << 16> places_{};
};

}  // namespace

std::size_t rarest_stretch(std::string_view word, std::size_t size) {
  static const Rarity rarity;
  std::size_t best = 0;
  for (std::size_t at = 1; at + size <= word.size(); ++at)
    if (rarity.of(word.substr(at, size)) > rarity.of(word.substr(best, size))) best = at;
  return best;
}

}  // namespace rigbisect
