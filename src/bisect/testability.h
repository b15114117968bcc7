#pragma once

#include <cstdint>
#include <map>

namespace rigbisect {

// How likely a commit builds and boots, from those tried: places along the history change between stretches
// that do and stretches that do not (a two-state Markov chain), so the nearest known ones on both sides speak
// for what lies between, the less the further away they are. How common and how long the broken stretches
// are is learnt. Pure.
class Testability {
 public:
  using Place = std::uint32_t;

  void record(Place place, bool works);

  // The chance that it works; 0 or 1 if it was tried.
  double chance(Place place) const;
  bool all_work() const { return broken_ == 0; }

 private:
  double broken_share() const;
  double length() const;

  std::map<Place, bool> known_;
  int broken_ = 0;
};

}  // namespace rigbisect
