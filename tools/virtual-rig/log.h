#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "os/fd.h"

namespace rigbisect::rig {

// virtual-rig.log: one line per relay click, machine start and end, and fault played, with the seconds since
// the shelf was set up. For people and tests. Written from the loop's thread.
class Log {
 public:
  // Appends to `path`.
  static Result<Log> open(const std::string& path, const Clock& clock);

  void line(const std::string& text) const;

 private:
  Log(Fd file, const Clock& clock) : file_(std::move(file)), clock_(&clock), start_(clock.now()) {}

  Fd file_;
  const Clock* clock_;
  TimePoint start_;
};

}  // namespace rigbisect::rig
