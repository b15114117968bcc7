#include "run/board_worker.h"

#include <algorithm>

#include "base/no_throw.h"
#include "os/file.h"
#include "run/console_tap.h"
#include "run/off_witness.h"

namespace rigbisect {
namespace {

// Beside the console log, for people and benchmarks: "<seconds since power-on> <stage>" a line, the last is
// the outcome.
Result<void> write_stages(const std::filesystem::path& console, const RunRecord& record) {
  std::string text;
  for (const StageMark& mark : record.stages) {
    const std::chrono::duration<double> since = mark.at - record.stages.front().at;
    text += std::to_string(since.count()) + " " + to_string(mark.stage) + "\n";
  }
  text += std::to_string(std::chrono::duration<double>(record.up).count()) + " outcome\n";
  return write_file_atomically(console.string() + ".stages", text);
}

}  // namespace

// The bench and what it stands on, built and torn down together; members are destroyed from the bench to the
// devices.
struct BoardWorker::Devices {
  Devices(const Board& board, OpenBoard opened, Clock& clock, const Bench::Observer& observer)
      : open(std::move(opened)),
        tap(*open.console, clock),
        bench(board, *open.power, tap, *open.boot, clock, observer, off_witnesses(board, clock)) {}

  OpenBoard open;
  ConsoleTap tap;
  Bench bench;
};

BoardWorker::BoardWorker(const Board& board, OpenBoard devices, BoardOpener opener, RunPreparer& preparer,
                         Clock& clock, EventQueue& events, Bench::Observer observer)
    : board_(board),
      opener_(std::move(opener)),
      preparer_(preparer),
      clock_(clock),
      events_(events),
      observer_(std::move(observer)),
      devices_(std::make_unique<Devices>(board, std::move(devices), clock, observer_)),
      thread_([this](std::stop_token stop) { work(stop); }) {}

BoardWorker::~BoardWorker() {
  (void)shut_down();
}

BoardWorker::State BoardWorker::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

std::optional<RunTask> BoardWorker::task() const {
  const std::lock_guard lock(mutex_);
  return task_;
}

void BoardWorker::start(RunTask task) {
  const std::lock_guard lock(mutex_);
  task_ = std::move(task);
  cancel_ = std::stop_source();
  state_ = State::running;
  changed_.notify_all();
}

void BoardWorker::cancel() {
  const std::lock_guard lock(mutex_);
  if (task_) cancel_.request_stop();
}

Result<void> BoardWorker::shut_down() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  if (off_error_) return *off_error_;
  return {};
}

void BoardWorker::work(const std::stop_token& stop) {
  bool usable = true;
  if (auto off = devices_->bench.power_off(); !off) {
    usable = recover(off.error(), stop);
  } else {
    set_state(State::idle);
  }
  while (usable) {
    const auto task = next_task(stop);
    if (!task) break;
    do_run(*task, stop);
    usable = state() != State::set_aside;
  }
  switch_off_for_good();
}

void BoardWorker::switch_off_for_good() {
  Result<void> off;
  if (devices_) {
    off = devices_->bench.power_off();
  } else if (!known_off_) {
    off = rebuild();
  }
  devices_.reset();
  const std::lock_guard lock(mutex_);
  if (!off) off_error_ = off.error();
}

std::optional<RunTask> BoardWorker::next_task(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, stop, [this] { return task_.has_value(); })) return std::nullopt;
  return task_;
}

void BoardWorker::do_run(const RunTask& task, const std::stop_token& stop) {
  std::stop_source cancel;
  {
    const std::lock_guard lock(mutex_);
    cancel = cancel_;
  }
  const std::stop_callback forward(stop, [&cancel] { cancel.request_stop(); });

  auto prepared = no_throw([&] { return preparer_.prepare(task, board_, cancel.get_token()); });
  auto record = prepared ? no_throw([&] { return run_on_bench(*prepared, cancel.get_token()); })
                         : Result<RunRecord>(prepared.error());
  if (prepared) preparer_.forget(*prepared);
  if (record) record->outcome = preparer_.with_positions(*prepared, std::move(record->outcome));

  if (!record) {
    // Not the board's doing: a stop, or this host cannot prepare a run or keep its evidence.
    if (record.error().code != Errc::cancelled) events_.fail(record.error());
    set_state(State::idle);
    return;
  }
  const auto* fault = std::get_if<BenchFault>(&record->outcome);
  // The event first: a board that is idle again while its run is not yet recorded would be given that run
  // twice.
  events_.push(RunEnded{task.commit, board_.name, record->outcome, record->elapsed,
                        "runs/" + prepared->console.filename().string()});
  set_state(fault != nullptr ? State::recovering : State::idle);
  if (fault == nullptr) {
    faults_in_a_row_ = 0;
  } else {
    recover(fault->error, stop);
  }
}

Result<RunRecord> BoardWorker::run_on_bench(const PreparedRun& run, std::stop_token stop) {
  if (auto recording = devices_->tap.record(run.console); !recording) return recording.error();
  auto record = devices_->bench.run(run.order, stop);
  const LineErrors counted = devices_->tap.line_errors().value_or(LineErrors{});
  if (observer_ && counted.any()) observer_({board_.name, "off", "the UART reports " + describe(counted), 0});
  if (auto kept = devices_->tap.stop_recording(); !kept && record) return kept.error();
  if (record) {
    if (auto kept = write_stages(run.console, *record); !kept) return kept.error();
  }
  return record;
}

// Back to a bench that works, or set aside. Returns whether the board is usable.
bool BoardWorker::recover(const Error& first, const std::stop_token& stop) {
  Error fault = first;
  for (;;) {
    if (++faults_in_a_row_ > board_.timings.retries) {
      // The event first: the campaign ends when the last board is set aside and nothing is left to read.
      events_.push(BoardSetAside{board_.name, fault});
      set_state(State::set_aside);
      return false;
    }
    const Duration wait = board_.timings.backoff * (1 << std::min(faults_in_a_row_ - 1, 6));
    if (!clock_.sleep_until(clock_.now() + wait, stop)) return true;
    auto rebuilt = rebuild();
    if (rebuilt) {
      set_state(State::idle);
      return true;
    }
    fault = rebuilt.error();
  }
}

Result<void> BoardWorker::rebuild() {
  // The switch may be what is broken: it gets a last chance to switch off before it is closed.
  if (devices_) known_off_ = devices_->bench.power_off().ok();
  devices_.reset();
  auto opened = no_throw([&] { return opener_(board_); });
  if (!opened) return opened.error().within("board " + board_.name);
  devices_ = std::make_unique<Devices>(board_, std::move(*opened), clock_, observer_);
  return devices_->bench.power_off();
}

void BoardWorker::set_state(State state) {
  {
    const std::lock_guard lock(mutex_);
    state_ = state;
    task_.reset();
  }
  events_.push(std::nullopt);
}

}  // namespace rigbisect
