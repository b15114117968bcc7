#include <doctest/doctest.h>

#include "bisect/bisection.h"
#include "bisect/planner_classic.h"
#include "simulated_lab.h"

namespace rigbisect {
namespace {

TEST_CASE("planner bayes finds a bug that shows in a third of the runs") {
  std::vector<Commit> commits;
  for (int i = 0; i < 400; ++i) {
    Commit commit{.id = std::to_string(i), .parents = {}, .subject = "c", .time = i, .tags = {}};
    if (i > 0) commit.parents = {std::to_string(i - 1)};
    commits.push_back(std::move(commit));
  }
  Goal goal;
  goal.bad = "399";
  goal.good = "0";
  goal.symptom = the_symptom();
  goal.run_time = std::chrono::seconds(60);
  goal.planner = PlannerKind::bayes;
  auto bisection = Bisection::make(std::move(*CommitGraph::make(std::move(commits))), std::move(goal),
                                   std::make_unique<ClassicPlanner>());
  REQUIRE(bisection.ok());
  const SimulatedLab lab{.build = [](const CommitId& commit) -> BuildOutcome {
                           return Built{commit, false};
                         },
                         .run = [](const CommitId& commit, Dice& dice) -> RunOutcome {
                           if (std::stoi(commit) >= 123 && dice.chance(33)) return crash_with(the_bug());
                           return Survived{std::chrono::seconds(60)};
                         }};
  carry_out(*bisection, lab);
  const auto* culprit = std::get_if<story::Culprit>(&bisection->story().back());
  REQUIRE(culprit != nullptr);
  CHECK(culprit->commit == "123");
  CHECK(culprit->confidence >= 0.97);
}

}  // namespace
}  // namespace rigbisect
