#pragma once

#include <vector>

#include "bisect/event.h"

namespace rigbisect {

// What a campaign cost. `total` is time on the wall clock; builds and tests may overlap, and pauses count
// too.
struct Totals {
  int revisions = 0;  // different commits that were run, or found not to build
  int runs = 0;       // bench faults included
  Duration total{};
  Duration build{};
  Duration test{};

  bool operator==(const Totals&) const = default;
};

Totals add_up(const std::vector<Event>& events, Duration total);

}  // namespace rigbisect
