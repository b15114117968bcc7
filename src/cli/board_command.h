#pragma once

#include "cli/environment.h"

namespace CLI {
class App;
}

// `rigbisect board check|power|status|console|probe`: a board by hand. `check` opens nothing and `status`
// only asks the power switch, so both are safe beside a campaign; the others take the board's lease first.
namespace rigbisect {

// Adds the subcommand. Its callbacks run it and store the exit status (ExitCode). `environment` and
// `exit_code` must outlive the parsing.
void add_board(CLI::App& app, Environment& environment, int& exit_code);

}  // namespace rigbisect
