#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bisect/bisection.h"
#include "run/bench.h"

namespace rigbisect {

// What a progress display shows: the campaign as it stands, and what every board and the build slot do now.
struct ProgressSnapshot {
  Standing standing;
  TimePoint campaign_since;

  struct Build {
    CommitId commit;
    TimePoint since;
    std::string line;  // what make said last
  };
  std::optional<Build> build;
  std::optional<Duration> usual_build;  // mean of the builds that were not cached

  struct Board {
    CommitId commit;
    TimePoint since;
    RunProgress progress;
    std::string note;  // of an idle board: "set aside: ...", "recovering: ..."
    bool busy = false;
  };
  std::map<std::string, Board> boards;
  std::optional<Duration> usual_run;
};

// The lines of the display, at most `width` characters each, no terminal control in them. Pure.
std::vector<std::string> progress_lines(const ProgressSnapshot& snapshot, TimePoint now, std::size_t width);

}  // namespace rigbisect
