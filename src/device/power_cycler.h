#pragma once

#include <stop_token>

#include "base/clock.h"
#include "base/result.h"

namespace rigbisect {

// What some power switches can do by a timer of their own: off now, on again later. The machine comes back
// whatever happens to us, this host or the network in between. See PowerSwitch::cycler().
class PowerCycler {
 public:
  virtual ~PowerCycler() = default;

  // The device's timer goes no further.
  virtual Duration longest_off() const = 0;

  // Starts it: off for `off_time`, up to longest_off(), in the device's steps (never less). Blocks until the
  // device took it or `deadline`; state() then tells how far it is. Errors: as PowerSwitch::set().
  virtual Result<void> start_cycle(Duration off_time, Deadline deadline, std::stop_token stop) = 0;
};

}  // namespace rigbisect
