#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/board.h"
#include "device/driver.h"

namespace rigbisect {

// What is wrong with a board's wiring as far as it can be seen without opening a device.
struct BoardFinding {
  bool serious = false;  // the board cannot work like this; else it may be meant so
  std::string text;      // one paragraph: what, and what to do
};

// Looks whether the devices, files and network interfaces that the board's options name are there and may be
// used by this user. Opens nothing, so a board in use is not disturbed. Blocks for file-system look-ups only.
std::vector<BoardFinding> check_devices(const Board& board, const DriverTable& drivers);

// What boards that are used together (or one alone) want to have for themselves and cannot: one name, outlet,
// serial port, MAC address or boot medium twice. Links are followed. One sentence per conflict.
std::vector<std::string> board_conflicts(std::span<const Board> boards, const DriverTable& drivers);

}  // namespace rigbisect
