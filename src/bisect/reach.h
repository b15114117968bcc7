#pragma once

#include <cstdint>
#include <vector>

#include "bisect/commit_graph.h"

namespace rigbisect {

// For each commit of `list`, in its order: how many commits of `list` are its ancestors or itself. `list`
// must be closed between its ends: a way down from a member to a member passes only members. Pure; quadratic
// in the size of the list over 64, about 0.1 s for 50,000 commits in an optimised build.
std::vector<std::uint32_t> count_reach(const CommitGraph& graph, const std::vector<CommitGraph::Index>& list);

}  // namespace rigbisect
