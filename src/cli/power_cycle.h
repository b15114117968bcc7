#pragma once

#include <stop_token>

#include "base/clock.h"
#include "base/result.h"
#include "config/board.h"
#include "device/power_switch.h"

namespace rigbisect {

// Off, for the board's time, and on again: by the switch's own timer where it has one. Blocks for that time,
// and for each switching `timings.power` at most. Errors say in which state the power is left.
Result<void> power_cycle(PowerSwitch& power, const Timings& timings, Clock& clock,
                         const std::stop_token& stop);

}  // namespace rigbisect
