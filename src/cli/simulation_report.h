#pragma once

#include <string>
#include <vector>

#include "run/simulation.h"

namespace rigbisect {

// What many trials come to. Shares are of the trials, 0 to 1; hours are simulated time, milliseconds real.
struct SimulationSummary {
  struct Spread {
    double mean = 0;
    double p50 = 0;
    double p95 = 0;
  };
  std::size_t trials = 0;
  double correct = 0;
  double wrong = 0;
  double inconclusive = 0;
  double error = 0;
  Spread hours;
  double reproduce_hours = 0;
  double find_good_hours = 0;
  double search_hours = 0;
  double confirm_hours = 0;
  double runs_mean = 0;
  double builds_mean = 0;
  double claimed_confidence_mean = 0;  // of the trials that named a culprit
  double plan_ms_mean = 0;
  double plan_ms_max = 0;
};

// REQUIRES: at least one trial.
SimulationSummary summarize(const std::vector<Trial>& trials);

// For people: some lines of text; a single trial with its result.
std::string simulation_text(const std::vector<Trial>& trials);

// One JSON object, with `result` and `picks` for a single trial.
std::string simulation_json(const std::vector<Trial>& trials);

}  // namespace rigbisect
