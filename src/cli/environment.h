#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "cli/board_lease.h"
#include "device/driver.h"

namespace rigbisect {

// What every subcommand gets from main(): the world, passed in. All references outlive the commands.
struct Environment {
  Clock& clock;
  const DriverTable& drivers;
  BootServers& boot_servers;
  std::stop_token stop;  // SIGINT, SIGTERM, SIGHUP
  std::ostream& out;
  std::ostream& err;
  std::filesystem::path lab;  // directory of the run log, set from --lab before a command runs
  // Takes a board for this process: its name in this lab, and on this host what it has for itself.
  std::function<Result<BoardLease>(const Board& board)> lease;
  bool live = false;  // `out` and `err` are one terminal that a person watches
};

}  // namespace rigbisect
