#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "bisect/planner.h"

namespace rigbisect {

// The commits that may be the culprit, with their links, numbered along the line of first parents that leads
// to the newest: all ancestors of a member of the line, and only they and itself, have a number up to its
// own. Pure; linear in time and memory.
class Candidates {
 public:
  using Index = CommitGraph::Index;
  using Place = std::uint32_t;

  // A line of first parents, oldest first, and what each member adds: members of `added` from the end of the
  // one before up to `upto` are its ancestors (or itself) and not ancestors of the one before.
  struct Line {
    struct Member {
      Place commit;
      std::size_t upto;
    };
    std::vector<Member> members;
    std::vector<Place> added;
  };

  // `state.graph` outlives this. REQUIRES: `state` leaves a candidate.
  explicit Candidates(const SearchState& state);

  std::size_t size() const { return commits_.size(); }
  const CommitGraph& graph() const { return *graph_; }
  Index commit(Place place) const { return commits_[place]; }
  std::optional<Place> place(Index commit) const;
  std::span<const Place> parents(Place place) const;
  // The line that leads to the newest candidate. Its `added` is 0, 1, 2, ...
  const Line& main_line() const { return line_; }
  // The line that leads to `tip`, as far down as `within` says; what its oldest member adds is all of its
  // ancestors.
  Line line_to(Place tip, const std::vector<bool>& within) const;
  // Which candidates are ancestors of a commit of the graph, or are it.
  std::vector<bool> ancestors(Index commit) const;

 private:
  Line make_line(Place tip, const std::vector<bool>& within) const;
  void renumber(const std::vector<Place>& order);

  const CommitGraph* graph_;
  std::vector<Index> commits_;
  std::vector<Place> places_;                 // by index in the graph
  std::vector<std::size_t> first_parent_of_;  // into links_, by place, one more than places
  std::vector<Place> links_;
  Line line_;
};

}  // namespace rigbisect
