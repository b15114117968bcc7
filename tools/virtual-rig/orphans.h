#pragma once

#include <set>

#include <sys/types.h>

#include "base/clock.h"

namespace rigbisect::rig {

// What COMMAND started and did not wait for. The shelf it runs in front of ends, so it ends as well. Finds
// nothing on a kernel without CONFIG_PROC_CHILDREN.
class Orphans {
 public:
  // From here on, processes whose parent ends become children of this one, instead of init's.
  static void adopt();

  // Sends SIGTERM to the children of this process that are not in `others`, SIGKILL to those that are left
  // `grace` after the first call, and waits for those that have ended. Returns whether any is left: call
  // again, for their own orphans follow. Does not block.
  bool end(const std::set<pid_t>& others, TimePoint now, Duration grace);

 private:
  std::set<pid_t> asked_;
  TimePoint until_{};
};

}  // namespace rigbisect::rig
