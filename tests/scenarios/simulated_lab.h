#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bisect/bisection.h"
#include "random_history.h"

namespace rigbisect {

// Kernels and boards that behave as told, for scenarios: what is built, and what a run of it ends in.
struct SimulatedLab {
  std::function<BuildOutcome(const CommitId&)> build;
  std::function<RunOutcome(const CommitId&, Dice&)> run;
  int boards = 1;
  int build_slots = 1;
  std::uint64_t seed = 1;
  std::size_t most_events = 20'000;
  std::vector<Event> known = {};  // recorded by an earlier process
};

struct SimulatedCampaign {
  std::vector<Event> events;
  int builds = 0;
  int runs = 0;
  int cancelled = 0;
};

// Does what the bisection plans until it is finished; tasks in flight end in an order that the seed decides.
// Fails the test case when nothing is planned, nothing is in flight and it is not finished; when a plan
// breaks its promises; or when there is no end.
SimulatedCampaign carry_out(Bisection& bisection, const SimulatedLab& lab);

// A report of the bug that the scenarios are about, and one of another bug.
CrashReport the_bug();
CrashReport another_bug();
Symptom the_symptom();

Crashed crash_with(CrashReport report);

}  // namespace rigbisect
