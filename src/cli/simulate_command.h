#pragma once

#include "cli/environment.h"

namespace CLI {
class App;
}

// `rigbisect simulate SCENARIO`: plays bisections in simulated time, to learn how long one will take and how
// often it will be right.
namespace rigbisect {

// Adds the subcommand. `environment` and `exit_code` outlive the parsing.
void add_simulate(CLI::App& app, Environment& environment, int& exit_code);

}  // namespace rigbisect
