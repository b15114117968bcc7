#pragma once

#include <string>

#include "cli/host_devices.h"

namespace CLI {
class App;
}

namespace rigbisect {

struct Environment;

// A board file to begin with, made of what is plugged in: every device as a comment, the likeliest ones as
// values, and what nobody can know from here (MAC address, channel) marked CHANGE. Pure.
std::string suggested_board(const HostDevices& devices);

// `rigbisect board suggest`. See add_board() for the references.
void add_board_suggest(CLI::App& board, Environment& environment, int& exit_code);

}  // namespace rigbisect
