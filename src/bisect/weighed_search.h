#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bisect/planner_bayes.h"
#include "bisect/task.h"

namespace rigbisect {

// Where the culprit may be if it is no candidate.
struct Beyond {
  double commits =
      0;  // that many, each as likely as a candidate; the suspects that are no candidates are there
  double chance = 0;  // of something else: no commit of the history at all
};

// The search with planner bayes: what is believed of the culprit and of what can be tested, and what boards
// and build slots do about it. Part of Bisection; pure.
class WeighedSearch {
 public:
  using Index = CommitGraph::Index;
  using Wait = std::function<std::optional<Duration>(Index)>;

  // `range.graph` outlives this. `suspects`: by commit, relative weights of the crash's hints.
  WeighedSearch(const SearchState& range, bool fix, const std::map<CommitId, double>& suspects,
                const Beyond& beyond, Duration full_run);

  void record(Index commit, const Observation& seen) { belief_.record(commit, seen); }
  // It may be visited, though it is no candidate.
  void expect(Index commit) { belief_.expect(commit); }
  // Whether it built and booted.
  void tested(Index commit, bool works);

  const Belief& belief() const { return belief_; }
  Index best() const { return belief_.candidates().commit(belief_.best()); }
  double probability(Index commit) const;
  // The likeliest candidates, likeliest first: until they have `confidence` together, at most `most`.
  std::vector<std::pair<Index, double>> likeliest(double confidence, std::size_t most) const;
  // The chance that this commit has the bug. Linear in the candidates if it was not tested.
  double has_bug(Index commit) const;
  // How many further whole runs without the bug would leave a commit at most this chance to have it; at most
  // `most`.
  int clean_runs_until(Index commit, double has_bug, int most) const;
  // Hours to go on one board, if a kernel takes `build` to be there; a rough guess. nullopt: no run tells
  // anything.
  std::optional<Duration> time_left(const Costs& costs, Duration build, double confidence) const;

  // The visit that tells most per hour beside the runs under way. A run that ends the search if it stays
  // clean is no longer than that takes.
  std::optional<Visit> choose(const Outlook& outlook) const;
  // What a visit of this commit would tell now. nullopt: nothing, or it cannot be tested.
  std::optional<Visit> assess(const Outlook& outlook, Index commit) const;
  // Commits whose kernels are likely to be wanted next, most urgent first, when these runs are under way:
  // what would be chosen if one crashed, then if it stayed clean.
  std::vector<Index> ahead(const Outlook& outlook, const std::vector<Visit>& under_way) const;

 private:
  Duration time_enough(const Visit& visit, double confidence) const;
  std::optional<Index> after(const Outlook& outlook, const Visit& visit, bool crash) const;

  Belief belief_;
  Testability testability_;
  BayesPlanner planner_;
};

}  // namespace rigbisect
