#pragma once

#include <atomic>

#include "os/real_clock.h"

namespace rigbisect {

// Real time, in which sleeping takes none: it skips ahead. For drivers that wait both on a clock and on real
// descriptors. Thread-safe.
class SkippingClock : public Clock {
 public:
  TimePoint now() const override { return real_.now() + Duration(skipped_.load()); }

  bool sleep_until(TimePoint until, std::stop_token stop) override {
    if (stop.stop_requested()) return false;
    const Duration left = until - now();
    if (left > Duration::zero()) skipped_ += left.count();
    return true;
  }

  std::chrono::milliseconds wall() const override { return real_.wall(); }
  Duration skipped() const { return Duration(skipped_.load()); }

 private:
  RealClock real_;
  std::atomic<Duration::rep> skipped_{0};
};

}  // namespace rigbisect
