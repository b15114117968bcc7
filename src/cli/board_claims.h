#pragma once

#include <string>
#include <vector>

#include "config/board.h"
#include "device/driver.h"

// What a board's options say about the things that it uses.
namespace rigbisect {

// One option of one of a board's three devices that has a value.
struct Wire {
  std::string role;
  const DriverChoice& choice;
  const OptionSpec& spec;
  std::string name() const { return role + "." + spec.name; }
};

// Every option of the board's drivers that has a value. They refer to the board and the table.
std::vector<Wire> wires_of(const Board& board, const DriverTable& drivers);

// What a board has for itself, as text that is equal for the same thing. A shared claim (the serial port of a
// relay board) may be made by several boards, but not beside one that is not shared.
struct Claim {
  std::string thing;
  bool shared = false;
};

// Everything the board claims but its name: outlet, console, MAC address, devices; links are followed.
std::vector<Claim> claims_of(const Board& board, const DriverTable& drivers);

}  // namespace rigbisect
