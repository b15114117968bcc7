#include "cli/power_cycle.h"

#include <algorithm>
#include <string>

namespace rigbisect {
namespace {

constexpr Duration kPoll = std::chrono::milliseconds(300);
// Of a timer's off time, so that it is seen to be off.
constexpr Duration kShortest = std::chrono::seconds(2);

// Asks until the switch says `wanted`, or cannot say anything.
Result<void> await(PowerSwitch& power, Power wanted, Deadline deadline, Clock& clock,
                   const std::stop_token& stop) {
  for (;;) {
    const auto state = power.state(deadline, stop);
    if (!state) return state.error();
    if (!*state || **state == wanted) return {};
    if (clock.now() + kPoll >= deadline) {
      return Error{Errc::io, std::string("the switch took the command for a cycle and still says ") +
                                 to_string(**state)};
    }
    if (!clock.sleep_until(clock.now() + kPoll, stop)) {
      return Error{Errc::cancelled,
                   "stopped in a cycle; the switch ends it by its own timer: the power will be on"};
    }
  }
}

Result<void> cycle_by_itself(PowerSwitch& power, PowerCycler& cycler, const Timings& timings, Clock& clock,
                             const std::stop_token& stop) {
  const Duration off_time = std::max(timings.off, kShortest);
  if (auto started = cycler.start_cycle(off_time, clock.now() + timings.power, stop); !started)
    return started;
  const TimePoint off_at = clock.now();
  if (auto off = await(power, Power::off, off_at + timings.power, clock, stop); !off) return off;
  return await(power, Power::on, off_at + off_time + timings.power, clock, stop);
}

}  // namespace

Result<void> power_cycle(PowerSwitch& power, const Timings& timings, Clock& clock,
                         const std::stop_token& stop) {
  PowerCycler* cycler = power.cycler();
  if (cycler != nullptr && timings.off <= cycler->longest_off())
    return cycle_by_itself(power, *cycler, timings, clock, stop);
  if (auto off = power.set(Power::off, clock.now() + timings.power, stop); !off) return off;
  if (!clock.sleep_until(clock.now() + timings.off, stop)) {
    return Error{Errc::cancelled, "stopped between off and on; the power is off"};
  }
  return power.set(Power::on, clock.now() + timings.power, stop);
}

}  // namespace rigbisect
