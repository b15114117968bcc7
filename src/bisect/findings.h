#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bisect/planner.h"

namespace rigbisect {

// What was found out about the commits of a history, and the range that follows from it. A crash is certain;
// a clean commit is one until a crash contradicts it. Cheap to copy, to ask "what if".
class Findings {
 public:
  using Index = CommitGraph::Index;
  enum class Kind { crashes, clean, untestable };
  struct Finding {
    Index commit;
    Kind kind;
    std::string reason;  // why untestable
  };

  // `graph` outlives this. Mode fix: the newer end of the range is clean and the older one crashes.
  Findings(const CommitGraph& graph, bool fix) : graph_(&graph), fix_(fix) {}

  // A crash drops the clean findings that it contradicts and returns their commits: in mode cause those that
  // contain the crashing commit, in mode fix those that it contains.
  std::vector<Index> add_crash(Index commit);
  void add_clean(Index commit);
  void drop(Index commit);
  void add_untestable(Index commit, std::string reason);

  const std::vector<Finding>& all() const { return findings_; }
  std::vector<Index> of(Kind kind) const;
  std::optional<Kind> about(Index commit) const;

  // The newer end of the range: the last crash (mode fix: clean commit) found on the way down.
  std::optional<Index> newer() const;
  // The older ends: clean commits (mode fix: crashing ones).
  std::vector<Index> older() const { return of(fix_ ? Kind::crashes : Kind::clean); }
  // REQUIRES: newer()
  SearchState range() const;

 private:
  bool contradicts(Index crash, const Finding& finding) const;

  const CommitGraph* graph_;
  bool fix_;
  std::vector<Finding> findings_;
};

}  // namespace rigbisect
