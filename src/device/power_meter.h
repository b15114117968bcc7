#pragma once

#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "base/result.h"

namespace rigbisect {

// What some power switches can do beside switching: measure what flows. See PowerSwitch::meter().
class PowerMeter {
 public:
  virtual ~PowerMeter() = default;

  // Watts that the outlet delivers now, or nullopt if this device turns out to have no meter. Blocks until
  // `deadline` at most. Errors as PowerSwitch::state().
  virtual Result<std::optional<double>> watts(Deadline deadline, std::stop_token stop) = 0;
};

}  // namespace rigbisect
