#pragma once

#include "cli/environment.h"

namespace CLI {
class App;
}

namespace rigbisect {

// `rigbisect board import labgrid|pdudaemon|lava FILE`. See add_board() for the references.
void add_board_import(CLI::App& board, Environment& environment, int& exit_code);

}  // namespace rigbisect
