#include <algorithm>

#include "bisect/bisection_state.h"

namespace rigbisect {
namespace {

bool has(const std::vector<CommitId>& commits, const CommitId& commit) {
  return std::find(commits.begin(), commits.end(), commit) != commits.end();
}

int runs_in_flight(const Capacity& capacity, const CommitId& commit) {
  return static_cast<int>(
      std::count_if(capacity.in_flight.begin(), capacity.in_flight.end(), [&](const Task& task) {
        const auto* run = std::get_if<RunTask>(&task);
        return run != nullptr && run->commit == commit;
      }));
}

bool building(const Capacity& capacity, const CommitId& commit) {
  return std::find(capacity.in_flight.begin(), capacity.in_flight.end(), Task{BuildTask{commit}}) !=
         capacity.in_flight.end();
}

}  // namespace

std::vector<Task> Bisection::plan(const Capacity& capacity) const {
  std::vector<Task> tasks;
  if (finished()) return tasks;
  if (state_->weighing()) return state_->plan_weighed(capacity);
  const auto& test = state_->test;
  if (test && state_->kernels.built(test->commit)) {
    const int counted = test->judgement.clean + test->judgement.crashed;
    int missing = test->runs_wanted() - counted - runs_in_flight(capacity, test->commit);
    for (const std::string& board : capacity.idle_boards) {
      if (missing-- <= 0) break;
      tasks.emplace_back(RunTask{test->commit, board, state_->goal.run_time, state_->symptom()});
    }
  }
  int slots = capacity.idle_build_slots;
  for (const CommitId& commit : state_->wanted_builds()) {
    if (slots == 0) break;
    if (building(capacity, commit)) continue;
    tasks.emplace_back(BuildTask{commit});
    --slots;
  }
  return tasks;
}

bool Bisection::obsolete(const Task& task) const {
  if (finished()) return true;
  if (state_->weighing()) return state_->pointless(task);
  if (const auto* run = std::get_if<RunTask>(&task)) {
    return !state_->test || state_->test->commit != run->commit;
  }
  return !has(state_->wanted_builds(), std::get<BuildTask>(task).commit);
}

// Builds that are needed now, then those that are likely to be: a commit that crashes is decided by one run,
// so what follows a crash is wanted first.
std::vector<CommitId> Bisection::State::wanted_builds() const {
  std::vector<CommitId> wanted;
  const auto want = [&](const CommitId& commit) {
    if (!kernels.settled(commit) && !has(wanted, commit)) wanted.push_back(commit);
  };
  if (test) want(test->commit);
  if (phase == Phase::confirm) {
    for (const CommitId& commit : confirmation.signatures) want(commit);
    for (const CommitId& commit : confirmation.commits) want(commit);
  }
  for (const CommitId& commit : ahead) want(commit);
  return wanted;
}

void Bisection::State::look_ahead() {
  ahead.clear();
  if (!test || !goal.build_ahead) return;
  ahead = after_crash();
  for (CommitId& commit : after_clean()) ahead.push_back(std::move(commit));
}

std::vector<CommitId> Bisection::State::after_crash() const {
  if (phase == Phase::confirm) return {};
  if (phase == Phase::find_good && goal.fix) return {};
  if (test->commit == goal.reported) return {goal.bad};
  Findings then = findings;
  then.add_crash(*graph.find(test->commit));
  if (phase == Phase::search) return first_of(then);
  if (goal.good) {
    then.add_clean(*graph.find(*goal.good));
    return first_of(then);
  }
  if (goal.fix) return {graph.at(0).id};
  if (next_release >= releases.size()) return {};
  return {graph.at(releases[next_release].second).id};
}

std::vector<CommitId> Bisection::State::after_clean() const {
  if (phase != Phase::find_good && phase != Phase::search) return {};
  const Index commit = *graph.find(test->commit);
  Findings then = findings;
  if (clean_says_something(commit)) {
    then.add_clean(commit);
  } else {
    then.add_untestable(commit, "");
  }
  return first_of(then);
}

// The commit that a search of this range would test first, or what confirming its only candidate needs.
std::vector<CommitId> Bisection::State::first_of(const Findings& then) const {
  if (goal.planner == PlannerKind::bayes) return {};
  const SearchState range = then.range();
  if (const auto next = planner->pick(range)) return {graph.at(next->commit).id};
  const std::vector<Index> left = candidates(range);
  return left.size() == 1 ? to_confirm(left.front()) : std::vector<CommitId>{};
}

}  // namespace rigbisect
