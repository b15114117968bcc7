#pragma once

#include <string>
#include <vector>

#include "cli/environment.h"
#include "cli/exit_code.h"
#include "cli/progress_view.h"
#include "config/board.h"
#include "config/recipe.h"
#include "runlog/run_log.h"

namespace rigbisect {

// Runs the campaign that `header` describes, from where its events stop, to its result: what `run` does after
// it has made the campaign, and what `resume` does. Shows progress, writes bisect.log and result.json into
// the campaign's directory, switches every board off at the end, whatever the end is. Blocks for hours.
// Errors were shown when it returns.
ExitCode run_campaign(RunLog& run_log, const CampaignHeader& header, const Recipe& recipe,
                      std::vector<Board> boards, Environment& environment);

// The screen that the environment's streams are: live if both are one terminal.
ProgressView::Screen screen_of(Environment& environment);

// Loads the boards of a command line; all mistakes of all files at once; boards that want the same
// outlet, port or machine are refused.
Result<std::vector<Board>> load_boards(const std::vector<std::string>& files, const DriverTable& drivers);

}  // namespace rigbisect
