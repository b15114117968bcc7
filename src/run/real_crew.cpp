#include "run/real_crew.h"

namespace rigbisect {

RealCrew::RealCrew(EventQueue& events, std::unique_ptr<BuildWorker> builder,
                   std::vector<std::unique_ptr<BoardWorker>> boards)
    : events_(events), builder_(std::move(builder)), boards_(std::move(boards)) {}

Capacity RealCrew::capacity() const {
  Capacity now;
  if (auto task = builder_->task()) {
    now.in_flight.emplace_back(*task);
  } else {
    now.idle_build_slots = 1;
  }
  for (const auto& board : boards_) {
    if (auto task = board->task()) {
      now.in_flight.emplace_back(*task);
    } else if (board->state() == BoardWorker::State::idle) {
      now.idle_boards.push_back(board->name());
    }
  }
  // A worker is idle once its event is in the queue. Until that event counts, the plan would repeat its task.
  if (events_.waiting()) {
    now.idle_boards.clear();
    now.idle_build_slots = 0;
  }
  return now;
}

// A board that was set aside has said why in an event; until that is read the campaign is not over.
bool RealCrew::has_board() const {
  for (const auto& board : boards_) {
    if (board->state() != BoardWorker::State::set_aside) return true;
  }
  return events_.waiting();
}

void RealCrew::start(const Task& task) {
  if (const auto* build = std::get_if<BuildTask>(&task)) {
    builder_->start(*build);
    return;
  }
  const auto& run = std::get<RunTask>(task);
  for (const auto& board : boards_) {
    if (board->name() == run.board) board->start(run);
  }
}

void RealCrew::cancel(const Task& task) {
  if (const auto* build = std::get_if<BuildTask>(&task)) {
    if (builder_->task() == *build) builder_->cancel();
    return;
  }
  for (const auto& board : boards_) {
    if (board->task() == std::get<RunTask>(task)) board->cancel();
  }
}

Result<std::optional<Event>> RealCrew::wait(std::stop_token stop) {
  return events_.pop(stop);
}

std::vector<Error> RealCrew::shut_down() {
  std::vector<Error> errors;
  builder_->stop();
  for (const auto& board : boards_) board->stop();
  for (const auto& board : boards_) {
    if (auto off = board->shut_down(); !off) errors.push_back(off.error());
  }
  return errors;
}

}  // namespace rigbisect
