#pragma once

#include "base/result.h"

namespace rigbisect {

// How the program ends; documented in --help.
enum class ExitCode {
  done = 0,          // done; for run and resume: a culprit was found
  no_culprit = 1,    // finished without a culprit: not reproduced, inconclusive, every release crashes
  bad_input = 2,     // usage, YAML, revision, reproducer: mend it and try again
  rig_failed = 3,    // no board is left, or a device did not do what it was told
  host_failed = 4,   // this machine: disk full, build impossible, files unreadable
  interrupted = 130  // stopped by a signal; `rigbisect resume` goes on
};

inline int to_int(ExitCode code) {
  return static_cast<int>(code);
}

}  // namespace rigbisect
