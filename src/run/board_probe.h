#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "config/board.h"
#include "device/boot_medium.h"
#include "device/power_switch.h"
#include "run/bench.h"
#include "run/probe_listener.h"

namespace rigbisect {

// One thing that was tried on a board.
struct ProbeStep {
  std::string name;  // "off", "arm", "on", "firmware", "loader", "kernel", "running", "console"
  bool passed = false;
  std::string seen;  // what happened, or what is wrong and what to do
  Duration took{};
};

// How long the stages of a boot took, as in Timings; without a value: not seen.
struct ProbeMeasures {
  std::optional<Duration> firmware;
  std::optional<Duration> loader;
  std::optional<Duration> kernel;
};

struct ProbeReport {
  bool passed = false;
  ProbeMeasures measured;
};

// Walks the wiring of one board for real, with the bench that campaigns use: off, and proven; a kernel armed;
// on; followed to the hello of our init, which carries this boot's nonce, so that console, outlet and boot
// medium are known to belong to one machine; off again, and proven. The power is off at the end, whatever
// happens, or the last step says that it is not.
class BoardProbe {
 public:
  using Sink = std::function<void(const ProbeStep&)>;

  // All references outlive this object. `sink` gets each step as it is decided, on the thread of run().
  BoardProbe(const Board& board, PowerSwitch& power, ConsoleFeed& console, BootMedium& boot,
             std::vector<Neighbour> neighbours, Clock& clock, Sink sink);

  // `order`: the kernel to boot, with a reproducer that does nothing. Blocks for minutes. Errc::cancelled: a
  // stop.
  Result<ProbeReport> run(const RunOrder& order, std::stop_token stop);

  // Without a kernel: on, until the firmware says something on the console, and off. Errors as run().
  Result<ProbeReport> run_firmware_only(std::stop_token stop);

 private:
  bool step_off(ProbeListener& console);
  Bench bench(ProbeListener& console, Bench::Observer observer = {});
  void enter(const std::string& stage, ProbeListener& console);
  std::string passed_text(const std::string& stage, const ProbeListener& console);
  void conclude(const RunRecord& record, const ProbeListener& console);
  void judge_lines();
  void measure(const RunRecord& record);
  void blame_wires(const ProbeListener& console);
  void tell(const std::string& name, bool passed, const std::string& seen);
  std::string drawn();

  const Board& board_;
  PowerSwitch& power_;
  ConsoleFeed& console_;
  BootMedium& boot_;
  std::vector<Neighbour> neighbours_;
  Clock& clock_;
  Sink sink_;
  ProbeReport report_;
  std::string stage_;          // the step that is under way
  TimePoint since_;            // when it began
  bool lines_driven_ = false;  // the machine drove its modem lines at some time
};

// For a board file's `timings:`: three times what was measured, in whole five seconds, at least ten.
std::vector<std::pair<std::string, Duration>> suggested_timings(const ProbeMeasures& measured);

}  // namespace rigbisect
