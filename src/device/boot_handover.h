#pragma once

#include <stop_token>

#include "base/clock.h"
#include "base/result.h"
#include "device/console_feed.h"

namespace rigbisect {

// What some boot media have to do after power-on: the machine starts something else first (an installed
// system, a boot loader's prompt), which is told to start the armed kernel. See BootMedium::handover().
class BootHandover {
 public:
  virtual ~BootHandover() = default;

  // Called when the machine was just switched on; until it returns, `console` is the medium's to read and to
  // write. Blocks until the machine is about to start the armed kernel: what the console says from now on is
  // of that boot. Errors: timeout (what the machine starts first did not come up), cancelled, protocol, io.
  virtual Result<void> hand_over(ConsoleFeed& console, Deadline deadline, std::stop_token stop) = 0;
};

}  // namespace rigbisect
