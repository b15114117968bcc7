#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "config/board.h"
#include "device/boot_medium.h"
#include "device/power_switch.h"
#include "device/serial_console.h"
#include "run/bench.h"
#include "run/event_queue.h"
#include "run/run_preparer.h"

namespace rigbisect {

// The devices of one board, open.
struct OpenBoard {
  std::unique_ptr<PowerSwitch> power;
  std::unique_ptr<SerialConsole> console;
  std::unique_ptr<BootMedium> boot;
};

// Opens a board's devices; supplied by the wiring, which knows the drivers.
using BoardOpener = std::function<Result<OpenBoard>(const Board&)>;

// One board at work, on a thread of its own: takes one run at a time, makes an event of it, and after a fault
// of the bench waits (doubling), opens the devices again and begins from power-off. More faults in a row than
// the board file allows set the board aside. The power is off between runs and when the worker ends.
class BoardWorker {
 public:
  enum class State { idle, running, recovering, set_aside };

  // References outlive the worker. `devices` are open; the thread first makes sure that the power is off.
  BoardWorker(const Board& board, OpenBoard devices, BoardOpener opener, RunPreparer& preparer, Clock& clock,
              EventQueue& events, Bench::Observer observer);
  // Stops what runs; blocks until the power is off or the switch has failed to obey.
  ~BoardWorker();

  const std::string& name() const { return board_.name; }
  State state() const;
  std::optional<RunTask> task() const;  // in flight

  // REQUIRES: state() is idle. Does not block.
  void start(RunTask task);
  // Ends the run early without an event; the worker is idle again when the power is off.
  void cancel();

  // Tells it to stop, switch off and begin nothing more. Does not block.
  void stop() { thread_.request_stop(); }
  // The same, and waits for it; what went wrong with switching off, if anything. Blocks.
  Result<void> shut_down();

 private:
  struct Devices;

  void work(const std::stop_token& stop);
  std::optional<RunTask> next_task(const std::stop_token& stop);
  void do_run(const RunTask& task, const std::stop_token& stop);
  Result<RunRecord> run_on_bench(const PreparedRun& run, std::stop_token stop);
  bool recover(const Error& fault, const std::stop_token& stop);
  Result<void> rebuild();
  void switch_off_for_good();
  void set_state(State state);

  const Board& board_;
  BoardOpener opener_;
  RunPreparer& preparer_;
  Clock& clock_;
  EventQueue& events_;
  Bench::Observer observer_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  State state_ = State::recovering;
  std::optional<RunTask> task_;
  std::stop_source cancel_;
  int faults_in_a_row_ = 0;
  std::optional<Error> off_error_;
  std::unique_ptr<Devices> devices_;  // null while they cannot be opened
  bool known_off_ = false;            // the power was off when the devices were closed
  std::jthread thread_;               // last: it uses everything above
};

}  // namespace rigbisect
