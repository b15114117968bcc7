#include <algorithm>
#include <cmath>
#include <set>

#include "bisect/bisection_state.h"

namespace rigbisect {
namespace {

using Hours = std::chrono::duration<double, std::ratio<3600>>;

}  // namespace

// "the budget of 300 runs is spent"; "": it is not.
std::string Bisection::State::budget_spent() const {
  if (goal.budget_runs > 0 && all_runs.size() >= static_cast<std::size_t>(goal.budget_runs)) {
    return "the budget of " + std::to_string(goal.budget_runs) + " runs is spent";
  }
  if (goal.budget_time > Duration{} && busy >= goal.budget_time) {
    const double hours = std::chrono::duration_cast<Hours>(goal.budget_time).count();
    std::string text = std::to_string(hours);
    text.resize(text.find('.') + 2);
    return "the budget of " + text + " hours of boards is spent";
  }
  return "";
}

// Ends with what is known when the budget is spent.
void Bisection::State::keep_budget() {
  const std::string spent = phase == Phase::done ? "" : budget_spent();
  if (spent.empty()) return;
  if (phase == Phase::confirm) {
    confirmation.results.push_back(spent + ", so no more was confirmed");
    conclude();
  }
  if (phase == Phase::done) return;
  if (weighing()) return inconclusive(spent);
  if (phase != Phase::search) {
    return end(story::GaveUp{spent + (phase == Phase::reproduce ? " before the bug was reproduced"
                                                                : " before a good end was found")});
  }
  story::Inconclusive result{{}, spent};
  for (const Index commit : candidates(findings.range())) result.candidates.push_back(graph.at(commit).id);
  end(std::move(result));
}

// Of the search, by what builds and runs have cost so far, on as many boards as have run.
std::optional<Duration> Bisection::State::time_left() const {
  std::set<std::string> boards;
  for (const RunEnded& run : all_runs) boards.insert(run.board);
  const auto count = static_cast<double>(std::max<std::size_t>(1, boards.size()));
  const auto shared = [count](Duration time) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(time) / count);
  };
  if (weighing()) {
    const Costs spent = costs.costs();
    const auto left =
        weighed_search->time_left(spent, goal.build_ahead ? Duration{} : spent.build, goal.confidence);
    return left ? std::optional(shared(*left)) : left;
  }
  if (!pick) return std::nullopt;
  // Half of the steps crash: soon, if the bug shows often.
  const double to_crash = std::min<double>(goal.runs, goal.need / rate());
  const double runs = (pick->steps + 1) * (to_crash + goal.runs) / 2 + goal.confirm_runs;
  const Duration run = costs.costs().boot + goal.run_time;
  const auto running = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(run) * runs);
  return shared(running) + costs.costs().build * (pick->steps + 1);
}

}  // namespace rigbisect
