#pragma once

#include <stop_token>

#include "base/clock.h"
#include "base/result.h"

namespace rigbisect {

enum class BootTarget { network, disk };

// Tells a machine's firmware, through its BMC, what to boot at the next power-on, once. Boot media that use
// it arm it with the machine off. A BMC may drop the wish when it is not fetched within a minute (IPMI 2.0,
// 28.12), so it is asked for right before power-on.
class BootOverride {
 public:
  virtual ~BootOverride() = default;

  // Blocks until the BMC took it or `deadline`. Success proves that the BMC reads it back. Errors: as
  // PowerSwitch::set().
  virtual Result<void> boot_once(BootTarget target, Deadline deadline, std::stop_token stop) = 0;
};

}  // namespace rigbisect
