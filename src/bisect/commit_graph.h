#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace rigbisect {

using CommitId = std::string;  // 40 (or 64) lower-case hexadecimal digits; any unique text in simulations

struct Commit {
  CommitId id;
  std::vector<CommitId> parents;  // in git's order, also those outside the graph
  std::string subject;
  std::int64_t time = 0;          // committer time, seconds since 1970: decides git's order
  std::vector<std::string> tags;  // release tags on this commit: "v6.1"
};

// Everything about one commit that a report prints.
struct CommitDetails {
  CommitId id;
  std::string author;             // "Name <mail>"
  std::string date;               // "Thu Aug 16 21:49:08 2018 +0200"
  std::vector<CommitId> parents;  // a merge prints its parents
  std::string message;            // whole, with the subject, no trailing line feed
  std::string raw_diff;  // as `git diff-tree` prints at the end of a bisection, collapsed to top-level trees
  std::vector<std::string> cc;  // addresses of author and tags, lower case, sorted, no duplicates
};

// An immutable snapshot of the commits that matter and their parents: all ancestors of a newest commit down
// to a boundary. Indices are positions in the order that `git rev-list` prints (newest first).
class CommitGraph {
 public:
  using Index = std::uint32_t;

  // `commits`: in any order; parents not among them are outside. Errors: duplicate id, a cycle.
  static Result<CommitGraph> make(std::vector<Commit> commits);

  std::size_t size() const { return commits_.size(); }
  const Commit& at(Index index) const { return commits_[index]; }
  std::optional<Index> find(const CommitId& id) const;
  // Parents inside the graph.
  const std::vector<Index>& parents(Index index) const { return parents_[index]; }
  const std::vector<Index>& children(Index index) const { return children_[index]; }

  // Length of the longest way from the commit down to one without parents inside: an ancestor's is smaller.
  std::uint32_t generation(Index index) const { return generation_[index]; }

  // Whether `ancestor` is reachable from `descendant` (or is it). Linear in what lies between at worst.
  bool is_ancestor(Index ancestor, Index descendant) const;
  // Everything reachable from `from`, itself included, as flags by index.
  std::vector<bool> ancestors(const std::vector<Index>& from) const;

 private:
  std::vector<Commit> commits_;
  std::vector<std::vector<Index>> parents_;
  std::vector<std::vector<Index>> children_;
  std::vector<std::uint32_t> generation_;
  std::unordered_map<CommitId, Index> index_;
};

}  // namespace rigbisect
