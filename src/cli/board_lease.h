#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/board.h"
#include "device/driver.h"
#include "os/file.h"
#include "os/host_claim.h"
#include "os/local_broadcast.h"

namespace rigbisect {

// A board for one process, as long as this object lives: its name in the lab directory, and on this host its
// outlet, console, MAC address and medium, so that two boards, two labs or two users never work on one wire.
struct BoardLease {
  std::optional<FileLock> name;
  std::vector<HostClaim> things;
  std::string unwatched = {};  // why nobody can watch its console; a board is none the less to be had
  std::unique_ptr<LocalBroadcast> watchers;  // of its console, at console_socket(); last: it ends first
};

// Where others on this host hear what the board with this name says while somebody has its console open.
std::filesystem::path console_socket(const std::filesystem::path& lab, const std::string& board);

// Does not block. Errors: busy, naming the board, the thing and who has it; io.
Result<BoardLease> lease_board(const std::filesystem::path& lab, const Board& board,
                               const DriverTable& drivers);

}  // namespace rigbisect
