#pragma once

#include "base/clock.h"

namespace rigbisect {

// The clock of this machine. sleep_until() wakes at once when a stop is requested. Stateless, thread-safe.
class RealClock : public Clock {
 public:
  TimePoint now() const override;
  bool sleep_until(TimePoint until, std::stop_token stop) override;
  std::chrono::milliseconds wall() const override;
};

}  // namespace rigbisect
