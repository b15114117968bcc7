#include "cli/board_lease.h"

#include <set>

#include "cli/board_claims.h"
#include "runlog/run_log.h"

namespace rigbisect {

std::filesystem::path console_socket(const std::filesystem::path& lab, const std::string& board) {
  return lab / "boards" / (board + ".console");
}

Result<BoardLease> lease_board(const std::filesystem::path& lab, const Board& board,
                               const DriverTable& drivers) {
  auto run_log = RunLog::open(lab);
  if (!run_log) return run_log.error();
  auto name = (*run_log)->lease_board(board.name);
  if (!name) return name.error();
  BoardLease lease{std::move(*name), {}, {}, nullptr};
  std::set<std::string> things;  // each once: a board may name one thing twice
  for (const Claim& claim : claims_of(board, drivers)) {
    if (!claim.shared) things.insert(claim.thing);
  }
  for (const std::string& thing : things) {
    auto claim = HostClaim::take(thing);
    if (!claim) return claim.error().within("board " + board.name);
    lease.things.push_back(std::move(*claim));
  }
  auto watchers = LocalBroadcast::create(console_socket(lab, board.name));
  if (watchers) lease.watchers = std::move(*watchers);
  if (!watchers)
    lease.unwatched = "board " + board.name + ": its console cannot be watched: " + watchers.error().what;
  return lease;
}

}  // namespace rigbisect
