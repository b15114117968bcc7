#pragma once

#include "cli/environment.h"

namespace CLI {
class App;
}

// `rigbisect test RECIPE COMMIT`: one commit on the rig, no bisection. Its exit status suits `git bisect
// run`: 0 good, 1 bad, 125 cannot be tested, and 128 or more for everything that is no verdict, which makes
// git stop instead of going astray.
namespace rigbisect {

// Adds the subcommand. `environment` and `exit_code` outlive the parsing.
void add_test(CLI::App& app, Environment& environment, int& exit_code);

}  // namespace rigbisect
