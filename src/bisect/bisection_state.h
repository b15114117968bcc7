#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bisect/bisection.h"
#include "bisect/cost_meter.h"
#include "bisect/findings.h"
#include "bisect/kernels.h"
#include "bisect/verdict.h"
#include "bisect/weighed_search.h"

// Inside of Bisection. The methods are spread over files by what they are about: bisection.cpp (events,
// tests), plan.cpp (tasks), and one file per phase. Not for other rooms.
namespace rigbisect {

// The commit under test.
struct Test {
  CommitId commit;
  VerdictRule rule;
  bool announced = false;  // its kernel was there and the story says so
  std::vector<RunOutcome> outcomes = {};
  Judgement judgement = {};

  // Runs that count, as far as can be said now.
  int runs_wanted() const {
    const int counted = judgement.clean + judgement.crashed;
    return counted < rule.first ? rule.first : rule.runs;
  }
};

// All runs of a commit, over all of its tests.
struct Tally {
  int clean = 0;
  int crashed = 0;
  std::optional<CrashReport> crash;  // the first that shows the symptom
};

// The confirm phase: kernels whose signatures are wanted, then commits that must run clean. Before them the
// one that must crash, if it was not seen to.
struct Confirmation {
  CommitId culprit;
  std::optional<CommitId> must_crash = {};
  std::vector<CommitId> signatures = {};  // the culprit and its only parent; empty for a merge or a root
  std::vector<CommitId> commits = {};
  std::optional<CommitId> reverted = {};  // of `commits`, the last: the bad commit without the culprit
  std::size_t next = 0;
  std::vector<std::string> results = {};  // "its parent 1a2b... in 0 of 8"
};

struct Bisection::State {
  using Index = CommitGraph::Index;

  State(std::shared_ptr<const CommitGraph> history_in, Goal goal_in, std::unique_ptr<Planner> planner_in);

  // bisection.cpp: from events to verdicts.
  void start();
  void record(const BuildEnded& event);
  void record(const RunEnded& event);
  void record(const BoardSetAside& event);
  void resume();
  void begin(const CommitId& commit, const VerdictRule& rule);
  VerdictRule rule() const { return {goal.runs, goal.need, goal.sequential ? 1 : goal.runs}; }
  void settle();
  bool step();
  void tested(const Test& test);
  void late(const CommitId& commit, const RunOutcome& outcome);
  void end(story::Item result);

  // budget.cpp
  void keep_budget();
  std::string budget_spent() const;
  std::optional<Duration> time_left() const;
  void note(std::string text) { story.emplace_back(story::Note{std::move(text)}); }

  // phase_reproduce.cpp
  VerdictRule reproduce_rule() const { return {10 * goal.reproduce_runs, 1, goal.reproduce_runs}; }
  void not_reproduced(const Test& test);
  void reproduced(const Test& test);

  // phase_find_good.cpp
  void find_good();
  std::optional<std::size_t> older_release() const;
  void try_release();
  void no_release_left();
  void test_end(Index commit);
  void good_end_tested(const Test& test);
  void release_tested(const Test& test, Verdict verdict);
  void newest_tested(const Test& test, Verdict verdict);

  // phase_search.cpp
  void tell_range();
  void announce_range();
  void search();
  void searched(const Test& test);
  bool clean_says_something(Index commit) const;
  void reopen(const CommitId& crashed);
  bool range_stands() const;

  // phase_search_bayes.cpp: the same with planner bayes
  void weigh();
  void proceed();
  bool not_in_range();
  SearchState whole_range() const;
  Beyond beyond() const;
  Verdict believed(Index commit) const;
  void weighed(const RunEnded& event);
  void built(const BuildEnded& event);
  void untestable(Index commit, const std::string& reason);
  void turn_to(const Visit& next);
  void close_visit();
  std::optional<story::Mark> mark_of(Index commit) const;
  void tell_mark(Index commit);
  void settle_marks();
  void weigh_again();
  void read_hints();
  void nothing_to_tell();
  void inconclusive(const std::string& why);
  std::string why(const Visit& next) const;
  Outlook outlook(std::vector<Expected> runs, const std::set<CommitId>& building) const;
  bool bayes() const { return goal.planner == PlannerKind::bayes; }
  bool weighing() const { return phase == Phase::search && weighed_search != nullptr; }
  double posterior(Index commit) const;

  // plan_bayes.cpp
  class WeighedPlan;
  std::vector<Task> plan_weighed(const Capacity& capacity) const;
  bool pointless(const CommitId& id) const;
  bool pointless(const Task& task) const;

  // phase_confirm.cpp
  void confirm(Index culprit);
  bool confirm_next();
  void crash_confirmed(const Test& test);
  int confirm_runs() const;
  void confirmed(const Test& test);
  void conclude();
  std::vector<CommitId> to_confirm(Index culprit) const;
  void add_revert();

  // plan.cpp
  void look_ahead();
  std::vector<CommitId> after_crash() const;
  std::vector<CommitId> after_clean() const;
  std::vector<CommitId> first_of(const Findings& findings) const;
  std::vector<CommitId> wanted_builds() const;

  const Symptom& symptom() const { return seen_symptom; }
  std::string name(Index commit) const;
  double rate() const;

  std::shared_ptr<const CommitGraph> history;
  const CommitGraph& graph;
  Goal goal;
  std::unique_ptr<Planner> planner;
  std::vector<std::pair<std::string, Index>> releases;  // to walk, newest first

  Phase phase = Phase::reproduce;
  Symptom seen_symptom;  // the goal's, or any crash until the first one has shown what it is
  Kernels kernels;
  Findings findings;
  std::map<CommitId, Tally> tallies;
  std::optional<Test> test;
  int tests_begun = 0;
  std::size_t next_release = 0;
  std::optional<Verdict> last_release;
  std::optional<Index> good_end;    // given or found: the end of the range that is without the bug
  std::optional<Index> oldest_bad;  // release
  std::optional<Pick> pick;         // of the search
  std::vector<RunEnded> all_runs;   // all, of every phase
  Duration busy{};                  // boards, together
  CostMeter costs;
  bool hints_read = false;
  double best_pace = 0;                           // bits per second of the best visit now
  std::unique_ptr<WeighedSearch> weighed_search;  // planner bayes
  std::optional<Visit> visit;                     // under way
  Confirmation confirmation;
  std::vector<CommitId> ahead;  // likely next commits, most urgent first
  bool gave_up_for_faults = false;
  std::vector<story::Item> story;
};

// "1a2b3c4d5e6f" for messages.
std::string short_id(const CommitId& commit);

}  // namespace rigbisect
