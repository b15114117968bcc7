#pragma once

#include <fstream>
#include <functional>
#include <vector>

#include "tests/fakes/fake_clock.h"

namespace rigbisect::test {

// Time in which things happen to a log: each sleep does the next step first, and after the last one the
// sleeper is told to stop.
class ScriptedClock : public FakeClock {
 public:
  using Step = std::function<void()>;

  explicit ScriptedClock(std::vector<Step> steps) : steps_(std::move(steps)) {}

  std::stop_token token() const { return stop_.get_token(); }

  bool sleep_until(TimePoint until, std::stop_token stop) override {
    if (next_ == steps_.size())
      stop_.request_stop();
    else
      steps_[next_++]();
    return FakeClock::sleep_until(until, stop);
  }

 private:
  std::vector<Step> steps_;
  std::size_t next_ = 0;
  std::stop_source stop_;
};

inline void append_to(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::app) << bytes;
}

inline void replace(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace rigbisect::test
