#pragma once

#include "cli/environment.h"

namespace CLI {
class App;
}

// `rigbisect log [CAMPAIGN]`: the log of a campaign, made from its run log; safe while it runs.
namespace rigbisect {

// Adds the subcommand. `environment` and `exit_code` outlive the parsing.
void add_log(CLI::App& app, Environment& environment, int& exit_code);

}  // namespace rigbisect
