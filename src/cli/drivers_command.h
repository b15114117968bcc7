#pragma once

#include <iosfwd>
#include <string>

#include "cli/environment.h"

namespace CLI {
class App;
}

// `rigbisect drivers [NAME]`: what can be wired, from the driver table alone.
namespace rigbisect {

// The table of drivers, or with a name all about that driver (all of that name: a role may share one).
// Returns the exit status: bad_input for an unknown name, which is said on `err` with what was probably
// meant.
int list_drivers(const DriverTable& drivers, const std::string& name, bool json, std::ostream& out,
                 std::ostream& err);

// Adds the subcommand. Its callback runs it and stores the exit status.
void add_drivers(CLI::App& app, Environment& environment, int& exit_code);

}  // namespace rigbisect
