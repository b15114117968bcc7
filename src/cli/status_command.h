#pragma once

#include "cli/environment.h"

namespace CLI {
class App;
}

// `rigbisect status [CAMPAIGN]`: how far a campaign is, from the run log alone; safe while it runs.
namespace rigbisect {

// Adds the subcommand. `environment` and `exit_code` outlive the parsing.
void add_status(CLI::App& app, Environment& environment, int& exit_code);

}  // namespace rigbisect
