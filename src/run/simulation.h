#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bisect/bisection.h"
#include "config/scenario.h"
#include "run/simulated_history.h"

namespace rigbisect {

// How a simulated bisection ended, compared with the truth.
enum class TrialEnd {
  correct,       // the culprit was named, or what else is true was found out (never fixed, ...)
  wrong,         // another commit was named, or something that is not so
  inconclusive,  // the culprit is among those named, or it was given up
  error          // no board was left, nothing to test, a mistake of ours
};

struct Trial {
  TrialEnd end = TrialEnd::error;
  std::string kind = "error";  // culprit, range, not_reproduced, oldest_bad, still_broken, infra, error
  std::vector<CommitId> commits;
  bool noop = false;
  bool release = false;
  double confidence = 0;
  std::string why;              // of what is no culprit, for people
  std::vector<CommitId> picks;  // commits of the search, in the order tested
  Duration time{};
  std::map<Phase, Duration> time_by_phase;
  int runs = 0;
  int builds = 0;
  std::vector<Duration> planning;  // real time between one event and the tasks that follow it
};

// Plays one trial of a scenario: Campaign, Bisection and Planner as ever, on a simulated crew. The same seed
// gives the same trial. `clock` only measures the planning. Errors: the scenario's ends cannot be bisected;
// stopped.
Result<Trial> play_trial(const Scenario& scenario, const SimulatedHistory& history, std::uint64_t seed,
                         const Clock& clock, std::stop_token stop);

// Plays all trials of a scenario, one after another.
Result<std::vector<Trial>> simulate(const Scenario& scenario, const Clock& clock, std::stop_token stop);

}  // namespace rigbisect
