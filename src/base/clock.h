#pragma once

#include <chrono>
#include <stop_token>

// Time as everything in rigbisect sees it. It is injected: nothing else reads a clock or sleeps, so that
// tests own time (tests/fakes/fake_clock.h) and no test waits.
namespace rigbisect {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::nanoseconds;

// The moment by which a blocking call gives up with Errc::timeout.
using Deadline = TimePoint;

class Clock {
 public:
  virtual ~Clock() = default;

  // Monotonic time. Any thread.
  virtual TimePoint now() const = 0;

  // Blocks until `until` (returns true) or until a stop is requested (returns false). Any thread.
  virtual bool sleep_until(TimePoint until, std::stop_token stop) = 0;

  // Wall-clock time in milliseconds since 1970, for what people read (logs, the run log). Never for
  // deadlines.
  virtual std::chrono::milliseconds wall() const = 0;
};

}  // namespace rigbisect
