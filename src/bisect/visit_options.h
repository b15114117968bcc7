#pragma once

#include <functional>
#include <vector>

#include "bisect/belief.h"

namespace rigbisect {

// A commit that may be visited, and the share of each of the belief's classes that has the bug there.
struct VisitOption {
  CommitGraph::Index commit;
  std::vector<double> buggy;
};

// The tested commits of which it is in doubt whether they have the bug. `masses`: of the classes.
std::vector<VisitOption> tested_options(const Belief& belief, const std::vector<double>& masses);

// Untested commits that split the probability of the candidates at many quantiles: along the line of first
// parents, and where a merge of that line brings much at once, along the lines that it merges, and so on, the
// heaviest first; and each commit that is one of a few likely ones. Where `usable` refuses the commit at a
// quantile, the nearest ones to both sides. Time: some dozens of walks over all candidates.
std::vector<VisitOption> untested_options(const Belief& belief, const std::vector<double>& masses,
                                          const std::function<bool(CommitGraph::Index)>& usable);

// Any commit as an option. Linear in the candidates if it was not tested.
VisitOption option_of(const Belief& belief, CommitGraph::Index commit);

// Whether a run of a commit with this chance to have the bug may tell anything.
bool worth_running(double has_bug);

}  // namespace rigbisect
