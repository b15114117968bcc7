#pragma once

#include "bisect/planner.h"

namespace rigbisect {

// Picks the commit that `git bisect` (2.39) picks, and gives its numbers: the first one about halfway in
// git's order of looking; beside skipped commits, git's pseudo-random step away from them. Stateless.
//
// Known difference: with more than 65,536 candidates and skipped commits git's step overflows; this one's
// does not.
class ClassicPlanner : public Planner {
 public:
  std::optional<Pick> pick(const SearchState& state) const override;
};

// git's estimate of the tests needed to search `candidates` commits.
int estimate_bisect_steps(std::size_t candidates);

}  // namespace rigbisect
