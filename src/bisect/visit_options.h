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
// parents, and where a merge of that line brings much at once, along the lines that it merges, and so on.
// Where `usable` refuses the commit at a quantile, the nearest ones to both sides. Time: a few walks over
// all candidates.
std::vector<VisitOption> untested_options(const Belief& belief, const std::vector<double>& masses,
                                          const std::function<bool(CommitGraph::Index)>& usable);

// Whether a run of a commit with this chance to have the bug may tell anything; whether it is so certain that
// a run under way is not worth its end. Between them a run is not begun, but ended.
bool worth_running(double has_bug);
bool decided(double has_bug);

}  // namespace rigbisect
