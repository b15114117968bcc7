#include "os/real_clock.h"

#include <condition_variable>
#include <mutex>

namespace rigbisect {

TimePoint RealClock::now() const {
  return std::chrono::steady_clock::now();
}

bool RealClock::sleep_until(TimePoint until, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  condition.wait_until(lock, stop, until, [] { return false; });
  return !stop.stop_requested();
}

std::chrono::milliseconds RealClock::wall() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace rigbisect
