#pragma once

#include <filesystem>
#include <optional>

#include "cli/environment.h"

namespace CLI {
class App;
}

namespace rigbisect {

// `rigbisect board probe FILE...`: walks the wiring of boards for real, one after the other, each with the
// consoles of the others listening. Adds the subcommand to `board`; see add_board() for the references.
void add_board_probe(CLI::App& board, Environment& environment, int& exit_code);

// A kernel that is good for trying a machine: the newest that was built in this lab, else one of this host
// (any distribution's boots as far as our init, which is all that is needed). nullopt: none may be read.
std::optional<std::filesystem::path> kernel_for_probing(const std::filesystem::path& lab,
                                                        const std::filesystem::path& boot = "/boot");

}  // namespace rigbisect
