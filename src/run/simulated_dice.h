#pragma once

#include <cstddef>
#include <cstdint>

namespace rigbisect {

// Random numbers that are the same on every machine, unlike the standard distributions; cheap to make, so
// that each thing that is left to chance has a stream of its own (splitmix64).
class SimulatedDice {
 public:
  explicit SimulatedDice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
  }
  // From 0 up to, but not, 1.
  double uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  bool chance(double probability) { return uniform() < probability; }
  // REQUIRES: sides > 0
  std::size_t below(std::size_t sides) {
    return static_cast<std::size_t>(uniform() * static_cast<double>(sides));
  }

 private:
  std::uint64_t state_;
};

// A seed for the stream of one thing out of many.
inline std::uint64_t mix_seed(std::uint64_t seed, std::uint64_t which) {
  return SimulatedDice(seed ^ SimulatedDice(which).next()).next();
}

}  // namespace rigbisect
