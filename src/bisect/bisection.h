#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bisect/commit_graph.h"
#include "bisect/event.h"
#include "bisect/planner.h"
#include "bisect/story.h"
#include "bisect/task.h"

namespace rigbisect {

// Who decides what the search tests next.
enum class PlannerKind {
  classic,  // git bisect's picks, each tested until it is decided
  bayes,    // what tells most per hour, from the probability of every candidate
};

// What to find and how sure to be.
struct Goal {
  bool fix = false;      // find the commit that fixed the bug, between `bad` and the newer `good`
  CommitId bad;          // known bad (mode fix: known bad and older than `good`)
  std::string bad_name;  // as the user gave it, for the log
  // Mode fix: where the bug was reported, if that is on a branch that `good` does not contain; it need not be
  // in the history. `bad` is the merge base then, which must have the bug, too, for the other branch to fix
  // it.
  std::optional<CommitId> reported = {};
  std::optional<CommitId> good;  // known good; absent: walk `releases` (fix: test the graph's newest commit)
  std::string good_name;
  // Release tags to walk for a good end, newest first. Tags on no ancestor of `bad` are passed over.
  std::vector<std::string> releases;
  std::optional<Symptom> symptom;  // absent: what the first reproduction shows
  int runs = 8;                    // planner classic: of a commit that make it good, unless
  int need = 1;                    // so many of them crash: that makes it bad
  bool sequential = true;          // stop at the need-th crash; else all `runs` are made
  int reproduce_runs = 5;   // on the bad commit, to learn how often it crashes; if none of them does, at
                            // most ten times as many until one does
  int confirm_runs = 8;     // runs of the culprit's parent(s) without the crash; 0: no confirmation
  Duration run_time{};      // of the reproducer, per run; planner bayes may run it for less
  bool build_ahead = true;  // build while boards are busy; else only what an idle board needs
  // When so many runs were made, or boards were busy for so long (all of them together), the campaign ends
  // with what is known by then. 0: no limit.
  int budget_runs = 0;
  Duration budget_time{};
  PlannerKind planner = PlannerKind::classic;
  // Mode cause: names `commit` with `change` reverted, which is built and run as a commit of its own: without
  // the culprit, the bad commit is to run clean. Errors say why that cannot be tried. Must say the same each
  // time. Empty: it is not tried.
  std::function<Result<CommitId>(const CommitId& commit, const CommitId& change)> without = {};
  // For planner bayes:
  double confidence = 0.97;  // the search ends when a commit has this probability
  std::map<CommitId, double> suspects =
      {};  // how strongly the crash hints at commits, relative to each other
  // Reads such hints off the crash that was reproduced; empty: none. Called once, when the search begins;
  // must say the same for the same crash.
  std::function<Result<std::map<CommitId, double>>(const CommitGraph&, const CrashReport&)> hints = {};
};

enum class Phase { reproduce, find_good, search, confirm, done };

const char* to_string(Phase phase);

// Where a bisection stands, for progress displays.
struct Standing {
  Phase phase = Phase::reproduce;
  std::optional<CommitId> commit;  // under test
  int runs_done = 0;               // of that commit, that count
  int runs_wanted = 0;
  std::size_t revisions_left = 0;     // candidates still possible
  int steps_left = 0;                 // roughly
  std::optional<Duration> time_left;  // of the search; a rough guess
};

// The decisions of a campaign as a pure state machine: no I/O, no clock, no thread. Same events in, same
// plans out. plan() says what to start; record() takes what happened; story() tells it; the result is the
// story's last item once finished() is true. One thread at a time.
//
// Phases: reproduce the bug on the bad commit; find a good end (given, or walking the releases); search with
// the planner; confirm on the culprit's parents (mode fix: on the culprit). Runs decide a commit
// by the goal's rule: a crash that is the symptom at once, by default; a bench fault never counts
// (verdict.h). A crash where the search relied on clean runs reopens the search, each time with an older end,
// so it always ends.
class Bisection {
 public:
  // Errors: bad or good not in the graph, bad not descended from good.
  static Result<Bisection> make(std::shared_ptr<const CommitGraph> graph, Goal goal,
                                std::unique_ptr<Planner> planner);
  Bisection(Bisection&&) noexcept;
  Bisection& operator=(Bisection&&) noexcept;
  ~Bisection();

  // The tasks to start now with what is idle; empty means: wait for what is in flight. Never plans a RunTask
  // for a commit that has no Built event, nor the same BuildTask twice.
  std::vector<Task> plan(const Capacity& capacity) const;

  // Whether a task in flight has become pointless (its commit is decided): the crew may cancel it.
  bool obsolete(const Task& task) const;

  void record(const Event& event);

  // Call once after replaying: a campaign that gave up because the builder could not do its job goes on. (So
  // does one that is told of further events; other results are final.)
  void resume();

  bool finished() const;
  const std::vector<story::Item>& story() const;
  Standing standing() const;

 private:
  struct State;
  explicit Bisection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rigbisect
