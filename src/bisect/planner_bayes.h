#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "bisect/belief.h"

namespace rigbisect {

// What things cost, as measured so far.
struct Costs {
  Duration build{};
  Duration boot{};  // of a run: everything but the reproducer
};

// A visit of a commit: to be run up to `runs` times, for `time` each, until it has crashed.
struct Visit {
  CommitGraph::Index commit = 0;
  Duration time{};
  int runs = 0;
  double has_bug = 0;  // chance that it has the bug
  double bits = 0;     // what the visit is expected to tell about the culprit
  Duration cost{};     // and to cost
};

// Chooses the visit that tells most about the culprit per hour: between going back to a kernel that is there
// and building another one, between short runs and long ones. Pure and deterministic.
class BayesPlanner {
 public:
  using Index = CommitGraph::Index;
  // Time until a kernel of this commit could run; 0: it is there.
  using Wait = std::function<Duration(Index)>;

  // The best visit now. nullopt: no run can tell anything any more.
  std::optional<Visit> choose(const Belief& belief, const Costs& costs, const Wait& wait) const;
};

}  // namespace rigbisect
