#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "bisect/commit_graph.h"
#include "config/scenario.h"

namespace rigbisect {

// What all trials of a scenario share: its history with every commit that the scenario names found in it.
// Immutable.
struct SimulatedHistory {
  using Index = CommitGraph::Index;

  std::shared_ptr<const CommitGraph> graph;
  Index start = 0;                      // the reported commit
  std::optional<Index> good;            // given, or the oldest of a history without release tags
  Index newest = 0;                     // where mode fix looks for the other end if no good commit is given
  std::vector<std::string> releases;    // to walk for a good end, newest first; empty if `good`
  std::vector<Index> range;             // what may be the culprit
  std::vector<Index> introduced_range;  // what `introduced: random` draws from
  std::vector<Index> fixed_range;       // what `fixed: random` draws from
  std::optional<Index> introduced;      // unless random or never
  std::optional<Index> fixed;
  std::vector<bool> no_build;  // by commit
  std::vector<bool> no_boot;
  std::vector<int> same_binary;  // by commit: the group whose kernels are one binary, 0: a kernel of its own
};

// Makes the history that a scenario asks for. Errors: a commit that is not in it, with its place in the file;
// ends that cannot be bisected; what the repository says. Reads a git history in seconds.
Result<SimulatedHistory> make_history(const Scenario& scenario, const std::stop_token& stop);

// `from` and everything that contains it, as flags by commit.
std::vector<bool> descendants(const CommitGraph& graph, CommitGraph::Index from);

}  // namespace rigbisect
