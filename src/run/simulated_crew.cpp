#include "run/simulated_crew.h"

#include <algorithm>
#include <tuple>

namespace rigbisect {
namespace {

constexpr int kRetries = 3;         // as a board file has it by default
constexpr std::size_t kFar = 1000;  // commits between two trees that leave little to reuse

}  // namespace

SimulatedCrew::SimulatedCrew(SimulatedWorld& world, const SimulatedHistory& history,
                             const ScenarioCosts& costs, const ScenarioResources& resources)
    : world_(world),
      history_(history),
      costs_(costs),
      slots_(static_cast<std::size_t>(resources.build_slots)) {
  for (int i = 1; i <= resources.boards; ++i) boards_.push_back({.name = "board-" + std::to_string(i)});
}

Capacity SimulatedCrew::capacity() const {
  Capacity capacity;
  for (const SimulatedBoard& board : boards_) {
    if (!board.busy && !board.set_aside) capacity.idle_boards.push_back(board.name);
  }
  capacity.idle_build_slots = static_cast<int>(
      std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return !slot.busy; }));
  for (const Job& job : jobs_) capacity.in_flight.push_back(job.task);
  return capacity;
}

bool SimulatedCrew::has_board() const {
  const bool usable = std::any_of(boards_.begin(), boards_.end(),
                                  [](const SimulatedBoard& board) { return !board.set_aside; });
  return usable || !set_aside_.empty();
}

SimulatedCrew::SimulatedBoard* SimulatedCrew::board(const std::string& name) {
  const auto found = std::find_if(boards_.begin(), boards_.end(),
                                  [&](const SimulatedBoard& board) { return board.name == name; });
  return found == boards_.end() ? nullptr : &*found;
}

void SimulatedCrew::start(const Task& task) {
  if (const auto* build = std::get_if<BuildTask>(&task)) return start_build(*build);
  start_run(std::get<RunTask>(task));
}

void SimulatedCrew::start_build(const BuildTask& task) {
  // The tree that needs the least to be done.
  Slot* best = nullptr;
  for (Slot& slot : slots_) {
    if (slot.busy) continue;
    if (best == nullptr || build_time(slot, task.commit) < build_time(*best, task.commit)) best = &slot;
  }
  if (best == nullptr) return;
  const Duration took = build_time(*best, task.commit);
  best->busy = true;
  best->building = task.commit;
  best->tree = task.commit;
  ++builds_;
  jobs_.push_back(
      {task, now_ + took, ++started_, BuildEnded{task.commit, world_.build(task.commit), "simulated", took}});
}

void SimulatedCrew::start_run(const RunTask& task) {
  SimulatedBoard* on = board(task.board);
  if (on == nullptr || on->busy || on->set_aside) return;
  on->busy = true;
  ++runs_;
  SimulatedWorld::Ran ran = world_.run(task.commit, task.time);
  const Duration took = costs_.boot + ran.took;
  jobs_.push_back(
      {task, now_ + took, ++started_, RunEnded{task.commit, task.board, std::move(ran.outcome), took, ""}});
}

Duration SimulatedCrew::build_time(const Slot& slot, const CommitId& commit) const {
  if (costs_.build == costs_.incremental_build) return costs_.build;
  return slot.tree && !is_far(*slot.tree, commit) ? costs_.incremental_build : costs_.build;
}

bool SimulatedCrew::is_far(const CommitId& from, const CommitId& to) const {
  const CommitGraph& graph = *history_.graph;
  const auto a = graph.find(from);
  const auto b = graph.find(to);
  if (!a || !b) return true;
  const std::vector<bool> in_a = graph.ancestors({*a});
  const std::vector<bool> in_b = graph.ancestors({*b});
  std::size_t between = 0;
  for (std::size_t i = 0; i < in_a.size(); ++i) {
    if (in_a[i] != in_b[i]) ++between;
  }
  return between > kFar;
}

void SimulatedCrew::release(const Task& task) {
  if (const auto* run = std::get_if<RunTask>(&task)) {
    if (SimulatedBoard* on = board(run->board)) on->busy = false;
    return;
  }
  const CommitId& commit = std::get<BuildTask>(task).commit;
  const auto slot = std::find_if(slots_.begin(), slots_.end(),
                                 [&](const Slot& each) { return each.busy && each.building == commit; });
  if (slot != slots_.end()) slot->busy = false;
}

void SimulatedCrew::cancel(const Task& task) {
  const auto job =
      std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& each) { return each.task == task; });
  if (job == jobs_.end()) return;
  release(task);
  jobs_.erase(job);
}

void SimulatedCrew::count_faults(const RunEnded& run) {
  SimulatedBoard* on = board(run.board);
  const auto* fault = std::get_if<BenchFault>(&run.outcome);
  on->faults_in_a_row = fault == nullptr ? 0 : on->faults_in_a_row + 1;
  if (on->faults_in_a_row <= kRetries) return;
  on->set_aside = true;
  set_aside_.emplace_back(BoardSetAside{on->name, fault->error});
}

Result<std::optional<Event>> SimulatedCrew::wait(std::stop_token stop) {
  if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
  if (!set_aside_.empty()) {
    std::optional<Event> event = std::move(set_aside_.front());
    set_aside_.erase(set_aside_.begin());
    return event;
  }
  const auto first = std::min_element(jobs_.begin(), jobs_.end(), [](const Job& a, const Job& b) {
    return std::tie(a.end, a.number) < std::tie(b.end, b.number);
  });
  if (first == jobs_.end()) return Error{Errc::internal, "the bisection waits for nothing"};
  Job job = std::move(*first);
  jobs_.erase(first);
  now_ = job.end;
  release(job.task);
  if (const auto* run = std::get_if<RunEnded>(&job.event)) count_faults(*run);
  return std::optional<Event>(std::move(job.event));
}

}  // namespace rigbisect
