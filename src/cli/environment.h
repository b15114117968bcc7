#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "device/driver.h"
#include "os/file.h"

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
  // Takes a board for this process against all others of this lab; released with the lock.
  std::function<Result<FileLock>(const std::string& board)> lease;
  bool live = false;  // `out` and `err` are one terminal that a person watches
};

}  // namespace rigbisect
