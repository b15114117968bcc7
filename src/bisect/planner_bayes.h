#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "bisect/belief.h"
#include "bisect/testability.h"

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
  double pace = 0;     // what it is worth: bits per second, with what it is good for later
};

// A run whose outcome is not known yet, or is pretended to be known.
struct Expected {
  CommitGraph::Index commit = 0;  // one of Belief::tested()
  std::optional<bool> crash = {};
  int runs = 1;
};

// What to plan for.
struct Outlook {
  Costs costs;
  // Time until a kernel of this commit could run; 0: it is there; nullopt: it cannot be tested.
  std::function<std::optional<Duration>(CommitGraph::Index)> wait;
  std::vector<Expected> expected;  // runs under way
  double doubt = 0;                // that may be left at the end: 1 - the wanted confidence
};

// Chooses the visit that tells most about the culprit per hour: between going back to a kernel that is there
// and building another one, between short runs and long ones, beside the runs that are under way and around
// commits that will hardly build or boot. Pure and deterministic.
class BayesPlanner {
 public:
  // The best visit now. nullopt: no run can tell anything any more.
  std::optional<Visit> choose(const Belief& belief, const Testability& testability,
                              const Outlook& outlook) const;

  // What a visit of this commit would tell now. nullopt: it cannot be tested.
  std::optional<Visit> assess(const Belief& belief, const Testability& testability, const Outlook& outlook,
                              CommitGraph::Index commit) const;

  // Bits about the culprit per second, of visits of kernels that may have the bug or not. `build`: what a new
  // kernel takes; every fourth visit or so goes back to one that is there.
  double usual_pace(const Belief& belief, const Costs& costs, Duration build) const;
};

}  // namespace rigbisect
