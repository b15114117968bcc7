#pragma once

#include "cli/environment.h"

namespace CLI {
class App;
}

// `rigbisect run RECIPE --board FILE...` begins a campaign; `rigbisect resume [CAMPAIGN]` goes on with one.
namespace rigbisect {

// Each adds its subcommand. `environment` and `exit_code` outlive the parsing.
void add_run(CLI::App& app, Environment& environment, int& exit_code);
void add_resume(CLI::App& app, Environment& environment, int& exit_code);

}  // namespace rigbisect
