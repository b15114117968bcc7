#pragma once

#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "base/result.h"
#include "device/boot_override.h"
#include "device/power_cycler.h"
#include "device/power_meter.h"

namespace rigbisect {

enum class Power { off, on };

inline const char* to_string(Power power) {
  return power == Power::on ? "on" : "off";
}

// The switch of one machine's power: a relay, a PDU outlet, a BMC. Implemented in drivers/power, one device a
// file. Owned by the bench of its board; calls come from one thread at a time.
class PowerSwitch {
 public:
  virtual ~PowerSwitch() = default;

  // Switches and, where the device can be asked, reads the state back. Blocks until done or `deadline`.
  // Success proves that the device confirmed (state() is not nullopt), or else that it took the command.
  // Idempotent. Errors: timeout, disconnected, protocol, io, cancelled.
  virtual Result<void> set(Power wanted, Deadline deadline, std::stop_token stop) = 0;

  // What the device says now, or nullopt if this kind of device cannot be asked. Never a guess. Blocks until
  // `deadline` at most.
  virtual Result<std::optional<Power>> state(Deadline deadline, std::stop_token stop) = 0;

  // Abilities that not every switch has; nullptr without. They live as long as this object.
  virtual PowerMeter* meter() { return nullptr; }
  virtual BootOverride* boot_override() { return nullptr; }
  virtual PowerCycler* cycler() { return nullptr; }
};

}  // namespace rigbisect
