#pragma once

#include <optional>
#include <vector>

#include "bisect/commit_graph.h"

namespace rigbisect {

// What a planner may know when it picks the next commit of the search.
struct SearchState {
  const CommitGraph& graph;
  CommitGraph::Index bad;                   // newest commit known bad
  std::vector<CommitGraph::Index> good;     // known good
  std::vector<CommitGraph::Index> skipped;  // not testable
};

struct Pick {
  CommitGraph::Index commit;
  std::size_t left = 0;  // as git prints: revisions left to test after this
  int steps = 0;         // roughly
};

// Chooses the next commit to test. Pure and deterministic.
class Planner {
 public:
  virtual ~Planner() = default;

  // nullopt: nothing testable is left; the candidates (candidates() below) are the answer.
  virtual std::optional<Pick> pick(const SearchState& state) const = 0;
};

// The commits that may be the culprit: ancestors of bad (bad included) that are not ancestors of a good one,
// in the order of `git rev-list BAD ^GOOD...`, so bad is the first. Empty if bad is an ancestor of a good
// one.
std::vector<CommitGraph::Index> candidates(const SearchState& state);

}  // namespace rigbisect
