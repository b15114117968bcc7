#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "target/console.h"
#include "target/execution.h"
#include "target/pacing.h"
#include "target/run_config.h"

namespace rigbisect {

// The life of init on one boot: says hello, executes the reproducer for the run's time, says done, and from
// then on only that it is still there. One thread.
class Session {
 public:
  // REQUIRES: SIGCHLD is blocked in this process, with a handler that does nothing.
  Session(const Console& console, std::string nonce);

  // Does what `config` says. Returns after the done (or fault) marker.
  void run(const RunConfig& config);

  // init cannot do its job. Said once, the first reason counts.
  void fault(const std::string& what);

  // Heartbeats and repetitions, for ever.
  [[noreturn]] void wait_for_power_off();

 private:
  std::string send(const std::string& kind, const std::string& payload);
  void execute(const RunConfig& config, unsigned long number, TimePoint end);
  void watch(Execution& execution, TimePoint limit);
  bool drain(Execution& execution);
  void reap_leftovers(Execution& execution);
  // Heartbeat and repetitions that are due. Then sleeps until the next of them, `limit`, output on `fd` (none
  // if -1) or the end of a child.
  void tick(int fd, TimePoint limit);

  const Console& console_;
  std::string nonce_;
  TimePoint began_;
  TimePoint next_beat_;
  std::uint32_t seq_ = 0;
  Repetition hello_;
  std::optional<Repetition> last_word_;
  TokenBucket execution_reports_{10, 4};
  std::string out_prefix_;
  OutputLines output_{[this](std::string_view line) { send("out", out_prefix_ + std::string(line)); }};
  bool failed_ = false;
};

}  // namespace rigbisect
