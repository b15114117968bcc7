#include <algorithm>
#include <set>

#include "bisect/bisection_state.h"

namespace rigbisect {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double kPointless = 0.05;  // of the best pace
constexpr double kLateness = 0.6;  // of a run that fits into the wait for a build: what it costs all the same

// Whether to run something that is there while the kernel of a better visit is being built.
bool fills_the_wait(const Visit& there, const Visit& better, Duration wait, Duration boot) {
  const Duration run = boot + there.time;
  const double late = std::max(Seconds(run - wait).count(), kLateness * Seconds(run).count());
  return there.bits / there.runs > better.pace * late;
}

}  // namespace

// What boards and build slots do in a search that weighs.
class Bisection::State::WeighedPlan {
 public:
  WeighedPlan(const State& state, const Capacity& capacity) : state_(state), capacity_(capacity) {
    for (const Task& task : capacity.in_flight) {
      if (const auto* build = std::get_if<BuildTask>(&task)) building_.insert(build->commit);
      if (const auto* run = std::get_if<RunTask>(&task)) under_way(run->commit);
    }
  }

  std::vector<Task> make() {
    for (const std::string& board : capacity_.idle_boards) employ(board);
    int slots = capacity_.idle_build_slots;
    if (slots > 0 && state_.goal.build_ahead && !runs_.empty()) look_ahead();
    for (const CommitId& commit : builds_) {
      if (slots == 0) break;
      if (!building_.insert(commit).second) continue;
      tasks_.emplace_back(BuildTask{commit});
      --slots;
    }
    return std::move(tasks_);
  }

 private:
  Outlook outlook() const {
    std::vector<Expected> expected;
    for (const Visit& run : runs_) expected.push_back({run.commit});
    return state_.outlook(std::move(expected), building_);
  }

  void under_way(const CommitId& id) {
    const auto commit = state_.graph.find(id);
    if (!commit) return;
    const bool known = state_.visit && state_.visit->commit == *commit && state_.visit->runs > 0;
    runs_.push_back(known ? *state_.visit : Visit{.commit = *commit, .runs = kUsualRuns});
  }

  void employ(const std::string& board) {
    const Outlook now = outlook();
    const auto best = state_.weighed_search->choose(now);
    if (!best || state_.pointless(state_.graph.at(best->commit).id)) return;
    const Duration wait = now.wait(best->commit).value_or(Duration{});
    if (wait == Duration{}) return run(*best, board);
    builds_.push_back(state_.graph.at(best->commit).id);
    if (!state_.goal.build_ahead) return;
    Outlook built = now;
    built.wait = [&now](Index commit) {
      const auto until = now.wait(commit);
      return until == Duration{} ? until : std::nullopt;
    };
    const auto there = state_.weighed_search->choose(built);
    const bool useful = there && fills_the_wait(*there, *best, wait, now.costs.boot) &&
                        !state_.pointless(state_.graph.at(there->commit).id);
    if (useful) run(*there, board);
  }

  void run(const Visit& next, const std::string& board) {
    tasks_.emplace_back(RunTask{state_.graph.at(next.commit).id, board, next.time, state_.symptom()});
    runs_.push_back(next);
  }

  void look_ahead() {
    for (const Index commit : state_.weighed_search->ahead(outlook(), runs_)) {
      const CommitId& id = state_.graph.at(commit).id;
      if (!state_.kernels.settled(id) && !state_.pointless(id)) builds_.push_back(id);
    }
  }

  static constexpr int kUsualRuns = 3;

  const State& state_;
  const Capacity& capacity_;
  std::set<CommitId> building_;
  std::vector<Visit> runs_;  // under way
  std::vector<CommitId> builds_;
  std::vector<Task> tasks_;
};

std::vector<Task> Bisection::State::plan_weighed(const Capacity& capacity) const {
  return WeighedPlan(*this, capacity).make();
}

// Whether it tells next to nothing beside the best that could be done: its commit has been decided since.
bool Bisection::State::pointless(const CommitId& id) const {
  const auto commit = graph.find(id);
  if (!commit) return true;
  const auto visit_of_it = weighed_search->assess(outlook({}, {}), *commit);
  return !visit_of_it || visit_of_it->pace < kPointless * best_pace;
}

bool Bisection::State::pointless(const Task& task) const {
  return pointless(std::visit([](const auto& one) -> const CommitId& { return one.commit; }, task));
}

}  // namespace rigbisect
