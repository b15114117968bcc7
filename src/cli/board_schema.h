#pragma once

#include <string>

#include "device/driver.h"

namespace CLI {
class App;
}

namespace rigbisect {

struct Environment;

// The JSON schema (draft 7) of board files, for editors that complete and check YAML. Made of the drivers'
// own rows, so it says what `board check` says: keys, types, bounds, choices, what is required. Pure.
std::string board_schema(const DriverTable& drivers);

// `rigbisect board schema`. See add_board() for the references.
void add_board_schema(CLI::App& board, Environment& environment, int& exit_code);

}  // namespace rigbisect
