#include "bisect/commit_graph.h"

#include <algorithm>
#include <queue>
#include <tuple>

namespace rigbisect {
namespace {

using Index = CommitGraph::Index;
using Links = std::vector<std::vector<Index>>;

// Length of the longest way down from each commit, parents before children; empty if there is a cycle.
std::vector<std::uint32_t> generations(const Links& parents, const Links& children) {
  std::vector<std::uint32_t> generation(parents.size(), 0);
  std::vector<std::size_t> waiting(parents.size());
  std::vector<Index> ready;
  for (Index i = 0; i < parents.size(); ++i) {
    waiting[i] = parents[i].size();
    if (waiting[i] == 0) ready.push_back(i);
  }
  for (std::size_t next = 0; next < ready.size(); ++next) {
    const Index parent = ready[next];
    for (const Index child : children[parent]) {
      generation[child] = std::max(generation[child], generation[parent] + 1);
      if (--waiting[child] == 0) ready.push_back(child);
    }
  }
  if (ready.size() != parents.size()) generation.clear();
  return generation;
}

// git's date order: newest first of what is known, and first come first served for equal dates. Starts from
// the commits without children, by id where their dates are equal.
std::vector<Index> rev_list(const std::vector<Commit>& commits, const Links& parents, const Links& children) {
  std::vector<Index> tips;
  for (Index i = 0; i < commits.size(); ++i) {
    if (children[i].empty()) tips.push_back(i);
  }
  std::sort(tips.begin(), tips.end(), [&](Index a, Index b) { return commits[a].id < commits[b].id; });
  using Entry = std::tuple<std::int64_t, std::int64_t, Index>;  // time, minus arrival, commit
  std::priority_queue<Entry> queue;
  std::vector<bool> seen(commits.size(), false);
  std::int64_t arrivals = 0;
  const auto arrive = [&](Index commit) {
    if (seen[commit]) return;
    seen[commit] = true;
    queue.emplace(commits[commit].time, --arrivals, commit);
  };
  for (const Index tip : tips) arrive(tip);
  std::vector<Index> order;
  order.reserve(commits.size());
  while (!queue.empty()) {
    order.push_back(std::get<Index>(queue.top()));
    queue.pop();
    for (const Index parent : parents[order.back()]) arrive(parent);
  }
  return order;
}

// Adds a link for each different parent that is inside; git keeps the first of equal parents, too.
void link(const std::vector<Commit>& commits, const std::unordered_map<CommitId, Index>& index,
          Links& parents, Links& children) {
  parents.assign(commits.size(), {});
  children.assign(commits.size(), {});
  for (Index i = 0; i < commits.size(); ++i) {
    for (const CommitId& id : commits[i].parents) {
      const auto found = index.find(id);
      if (found == index.end()) continue;
      if (std::find(parents[i].begin(), parents[i].end(), found->second) != parents[i].end()) continue;
      parents[i].push_back(found->second);
      children[found->second].push_back(i);
    }
  }
}

}  // namespace

Result<CommitGraph> CommitGraph::make(std::vector<Commit> commits) {
  CommitGraph graph;
  const auto number = [&](const std::vector<Commit>& list) -> const Commit* {
    graph.index_.clear();
    for (Index i = 0; i < list.size(); ++i) {
      if (!graph.index_.emplace(list[i].id, i).second) return &list[i];
    }
    return nullptr;
  };
  if (const Commit* twice = number(commits)) {
    return Error{Errc::invalid, "the history has commit " + twice->id + " twice"};
  }
  link(commits, graph.index_, graph.parents_, graph.children_);
  if (generations(graph.parents_, graph.children_).empty() && !commits.empty()) {
    return Error{Errc::invalid, "the history has a cycle: a commit is its own ancestor"};
  }
  graph.commits_.reserve(commits.size());
  for (const Index i : rev_list(commits, graph.parents_, graph.children_)) {
    graph.commits_.push_back(std::move(commits[i]));
  }
  number(graph.commits_);
  link(graph.commits_, graph.index_, graph.parents_, graph.children_);
  graph.generation_ = generations(graph.parents_, graph.children_);
  return graph;
}

std::optional<CommitGraph::Index> CommitGraph::find(const CommitId& id) const {
  const auto found = index_.find(id);
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

bool CommitGraph::is_ancestor(Index ancestor, Index descendant) const {
  if (ancestor == descendant) return true;
  std::vector<bool> seen(size(), false);
  std::vector<Index> open{descendant};
  while (!open.empty()) {
    const Index commit = open.back();
    open.pop_back();
    for (const Index parent : parents_[commit]) {
      if (parent == ancestor) return true;
      if (seen[parent] || generation_[parent] <= generation_[ancestor]) continue;
      seen[parent] = true;
      open.push_back(parent);
    }
  }
  return false;
}

std::vector<bool> CommitGraph::ancestors(const std::vector<Index>& from) const {
  std::vector<bool> reached(size(), false);
  std::vector<Index> open;
  const auto reach = [&](Index commit) {
    if (reached[commit]) return;
    reached[commit] = true;
    open.push_back(commit);
  };
  for (const Index commit : from) reach(commit);
  while (!open.empty()) {
    const Index commit = open.back();
    open.pop_back();
    for (const Index parent : parents_[commit]) reach(parent);
  }
  return reached;
}

}  // namespace rigbisect
