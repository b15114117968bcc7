#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "bisect/commit_graph.h"

namespace rigbisect {

// The same numbers on every machine, unlike the standard distributions.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t below(std::uint64_t sides) { return engine_() % sides; }
  bool chance(unsigned percent) { return below(100) < percent; }

 private:
  std::mt19937_64 engine_;
};

// A history with branches and merges (some with three parents), equal dates and a few clocks that are wrong.
// Ids are "0", "1", ...; parents come before children; "0" is the only root and the last one the only tip.
std::vector<Commit> random_history(Dice& dice, std::size_t size);

}  // namespace rigbisect
