#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "bisect/outcome.h"
#include "config/scenario.h"
#include "crash/symptom.h"
#include "run/simulated_dice.h"
#include "run/simulated_history.h"

namespace rigbisect {

// How kernels and boards behave in one trial of a scenario: the truth that a bisection is to find out. What
// is left to chance is drawn from the seed; the n-th run of a commit is the same draw whatever was run before
// it, so that two policies that are played with one seed meet the same world.
class SimulatedWorld {
 public:
  using Index = CommitGraph::Index;

  struct Ran {
    RunOutcome outcome;
    Duration took{};  // of the reproducer; 0 if the machine did not come up
  };

  // `scenario` and `history` outlive the world.
  SimulatedWorld(const Scenario& scenario, const SimulatedHistory& history, std::uint64_t seed);

  BuildOutcome build(const CommitId& commit) const;
  // The next run of this commit, with `time` for the reproducer.
  Ran run(const CommitId& commit, Duration time);

  // Commits outside of the history have the bug if every commit has it.
  bool has_bug(const CommitId& commit) const;
  // What is looked for: where the bug was introduced (mode fix: fixed); nullopt if nowhere.
  std::optional<Index> culprit() const { return scenario_.fix ? fixed_ : introduced_; }
  // The commits that the crash hints at, in the order of the history.
  const std::vector<Index>& suspects() const { return suspects_; }

 private:
  void break_regions(SimulatedDice& dice);
  std::size_t break_region(SimulatedDice& dice);
  void suspect(SimulatedDice& dice);
  std::optional<Duration> crash_time(SimulatedDice& dice) const;

  const Scenario& scenario_;
  const SimulatedHistory& history_;
  std::uint64_t seed_;
  std::optional<Index> introduced_;
  std::optional<Index> fixed_;
  std::vector<bool> has_bug_;
  std::vector<bool> no_build_;
  std::vector<bool> no_boot_;
  std::vector<Index> suspects_;
  std::map<CommitId, std::uint64_t> runs_;
};

// The bug that simulations are about, as a run would report it, and what counts as it.
CrashReport simulated_bug();
Symptom simulated_symptom();

}  // namespace rigbisect
