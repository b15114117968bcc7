#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bisect/bisection.h"
#include "cli/terminal.h"
#include "run/bench.h"

namespace rigbisect {

// What a progress display shows: the campaign as it stands, and what every board and the build slot do now.
struct ProgressSnapshot {
  std::string title;  // instead of the standing, if not ""
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

// The lines of the display, no terminal control in them, cut to the terminal: of many boards the busy ones
// come first, and the last line says how many are not shown. Pure.
std::vector<std::string> progress_lines(const ProgressSnapshot& snapshot, TimePoint now, TerminalSize size);

}  // namespace rigbisect
