#pragma once

#include <string>
#include <vector>

#include "bisect/bisection.h"
#include "cli/environment.h"
#include "config/recipe.h"
#include "git/repository.h"
#include "report/totals.h"
#include "runlog/run_log.h"

namespace rigbisect {

// A file in a campaign's directory while its boards are known to be off: written when a process has switched
// them off, removed when one begins to work. Not there and nobody running: the last process was killed.
constexpr const char* kBoardsOff = "boards-off";

// A campaign as its run log tells it, for commands that only look: replayed, not run.
struct RecordedCampaign {
  CampaignHeader header;
  Recipe recipe;
  Repository repository;
  Bisection bisection;
  std::vector<Event> events;
  Totals totals;            // total: from the beginning to the last event
  bool boards_off = false;  // known to be
  bool running = false;     // another process has it now
  std::filesystem::path directory;
};

// `campaign`: as RunLog::header() takes it. Reads the history: seconds for a large one.
Result<RecordedCampaign> load_campaign(RunLog& run_log, const std::string& campaign, std::stop_token stop);

// The bisection at its beginning with all that was recorded fed to it; what run and resume go on from.
Result<Bisection> replay(const RunLog& run_log, const CampaignHeader& header, const Recipe& recipe,
                         const Repository& repository, std::vector<LoggedEvent>& events,
                         std::stop_token stop);

}  // namespace rigbisect
