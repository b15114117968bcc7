#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "bisect/belief.h"
#include "bisect/planner_bayes.h"

namespace rigbisect {

// The search with planner bayes: the belief, and what the kernels and boards allow. Part of Bisection; pure.
class WeighedSearch {
 public:
  using Index = CommitGraph::Index;

  // `range.graph` outlives this. `suspects`: by commit, relative weights of the crash's hints.
  WeighedSearch(const SearchState& range, bool fix, const std::map<CommitId, double>& suspects,
                double outside, Duration full_run);

  void record(Index commit, const Observation& seen) { belief_.record(commit, seen); }
  void untestable(Index commit) { untestable_.insert(commit); }

  const Belief& belief() const { return belief_; }
  Index best() const { return belief_.candidates().commit(belief_.best()); }
  double probability(Index commit) const;

  // The visit that tells most per hour. `wait`: time until a kernel of the commit could run.
  std::optional<Visit> choose(const Costs& costs, const BayesPlanner::Wait& wait) const;

 private:
  Belief belief_;
  BayesPlanner planner_;
  std::set<Index> untestable_;
};

}  // namespace rigbisect
