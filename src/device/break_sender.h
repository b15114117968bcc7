#pragma once

#include <stop_token>

#include "base/clock.h"
#include "base/result.h"

namespace rigbisect {

// What some consoles can do beside carrying bytes: send a break. Linux takes the key that follows it for a
// SysRq command. See SerialConsole::break_sender().
class BreakSender {
 public:
  virtual ~BreakSender() = default;

  // Blocks until the break is over (a third of a second) or `deadline`. Errors: invalid (this line turns out
  // to have no breaks), else as SerialConsole::write().
  virtual Result<void> send_break(Deadline deadline, std::stop_token stop) = 0;
};

}  // namespace rigbisect
