#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "bisect/commit_graph.h"
#include "crash/symptom.h"

namespace rigbisect {

// Build this commit's kernel (or take it from the cache).
struct BuildTask {
  CommitId commit;

  bool operator==(const BuildTask&) const = default;
};

// Boot this commit, which has been built, on this board and run the reproducer for `time`.
struct RunTask {
  CommitId commit;
  std::string board;
  Duration time{};
  Symptom symptom;  // a crash that matches it ends the run; others are noted and the run goes on if the
                    // kernel does

  bool operator==(const RunTask&) const = default;
};

using Task = std::variant<BuildTask, RunTask>;

// What could be started now. Boards that are set aside are not among the idle ones.
struct Capacity {
  std::vector<std::string> idle_boards;
  int idle_build_slots = 0;
  std::vector<Task> in_flight;  // started and not yet recorded as an event
};

}  // namespace rigbisect
