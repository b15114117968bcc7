#pragma once

#include <mutex>

#include "base/clock.h"

namespace rigbisect {

// Time that tests own: sleeping advances it at once, advance() moves it by hand. Thread-safe.
class FakeClock : public Clock {
 public:
  TimePoint now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  bool sleep_until(TimePoint until, std::stop_token stop) override {
    if (stop.stop_requested()) return false;
    const std::lock_guard lock(mutex_);
    if (until > now_) now_ = until;
    return true;
  }

  std::chrono::milliseconds wall() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch());
  }

  void advance(Duration by) {
    const std::lock_guard lock(mutex_);
    now_ += by;
  }

 private:
  mutable std::mutex mutex_;
  // Past, for whatever machine: nothing that waits for other threads until a time of this clock waits long.
  TimePoint now_{std::chrono::seconds(1)};
};

}  // namespace rigbisect
