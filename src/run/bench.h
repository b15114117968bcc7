#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bisect/outcome.h"
#include "config/board.h"
#include "device/boot_medium.h"
#include "device/console_feed.h"
#include "device/power_switch.h"
#include "run/off_proof.h"
#include "run/run_watcher.h"

namespace rigbisect {

// One boot of one kernel with the reproducer, as the bench is told to do it.
struct RunOrder {
  BootIntent intent;
  Expectation expect;
};

// Where a run has come to, for people who watch.
struct RunProgress {
  std::string board;
  std::string
      stage;  // "off", "arm", "on", "hand-over", "firmware", "loader", "kernel", "running", "collecting"
  std::string detail;  // the last boot stage, the crash line
  int executions = 0;
};

struct RunRecord {
  RunOutcome outcome;
  Duration elapsed{};             // power-off to power-off
  std::vector<StageMark> stages;  // when each stage was reached; the first is power-on
  Duration up{};                  // power-on to the outcome
};

// A board with its live devices: off, arm the boot, on, follow the boot to its outcome, off. One thread at a
// time. Whatever happens inside run(), the power is off when it returns, or the outcome is a BenchFault that
// says that it could not be switched off. A bench that had a fault is not used again: make a new one, which
// begins at power-off.
class Bench {
 public:
  using Observer = std::function<void(const RunProgress&)>;

  // All references outlive the bench; the observer is called on the thread of run() and must not block.
  Bench(const Board& board, PowerSwitch& power, ConsoleFeed& console, BootMedium& boot, Clock& clock,
        Observer observer, std::vector<OffWitness> witnesses = {});

  // Switches off and proves it (see OffProver), if that was not done just now: somebody may have switched it
  // on by hand meanwhile. Call it first. Blocks for seconds. Not stoppable: power-off is never cut short.
  Result<void> power_off();

  // Blocks until the run is over. Errc::cancelled if a stop was requested (power is off then, nothing is
  // known about the kernel); every other way to end is a RunRecord.
  Result<RunRecord> run(const RunOrder& order, std::stop_token stop);

 private:
  Result<TimePoint> start(std::stop_token stop);
  Result<void> tell_firmware(std::stop_token stop);
  Result<void> switch_power(Power wanted, std::stop_token stop);
  Result<RunRecord> attempt(const RunOrder& order, std::stop_token stop);
  Result<void> follow(RunWatcher& watcher, std::stop_token stop);
  Result<void> prove_console(std::stop_token stop);
  void report(const std::string& stage, const std::string& detail = "", int executions = 0);

  const Board& board_;
  PowerSwitch& power_;
  ConsoleFeed& console_;
  BootMedium& boot_;
  Clock& clock_;
  Observer observer_;
  OffProver prover_;
  std::optional<TimePoint> off_since_;  // proven off, unless somebody else switches
};

}  // namespace rigbisect
