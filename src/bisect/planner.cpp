#include "bisect/planner.h"

#include <queue>
#include <tuple>

namespace rigbisect {

// git's limited walk: newest date first, first come first served for equal dates. It begins at the bad
// commit, so equal dates may come in another order than in the whole graph.
std::vector<CommitGraph::Index> candidates(const SearchState& state) {
  using Index = CommitGraph::Index;
  using Entry = std::tuple<std::int64_t, std::int64_t, Index>;  // time, minus arrival, commit
  std::vector<bool> closed = state.graph.ancestors(state.good);
  std::priority_queue<Entry> queue;
  std::int64_t arrivals = 0;
  const auto arrive = [&](Index commit) {
    if (closed[commit]) return;
    closed[commit] = true;
    queue.emplace(state.graph.at(commit).time, --arrivals, commit);
  };
  arrive(state.bad);
  std::vector<Index> list;
  while (!queue.empty()) {
    list.push_back(std::get<Index>(queue.top()));
    queue.pop();
    for (const Index parent : state.graph.parents(list.back())) arrive(parent);
  }
  return list;
}

}  // namespace rigbisect
