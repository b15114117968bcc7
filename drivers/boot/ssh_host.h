#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace rigbisect {

// Another machine through OpenSSH's client, by key alone: it never asks anybody anything, and does not talk
// to a machine whose host key is not known. Commands are text for the shell over there, so they are constants
// of ours; whatever varies goes through standard input.
struct SshAccess {
  std::string host;
  std::string user;
  long port = 22;
  std::filesystem::path identity;     // private key; "": ssh's own choice
  std::filesystem::path known_hosts;  // "": ssh's own
};

class SshHost {
 public:
  SshHost(SshAccess access, Clock& clock) : access_(std::move(access)), clock_(clock) {}

  // Runs `command` there with this standard input; its output. Errors: disconnected (nobody answers, or the
  // connection was lost), denied (key or host key refused), io (it ended with another status than 0, with its
  // last words), timeout, cancelled.
  Result<std::string> run(const std::string& command, const std::string& input, Deadline deadline,
                          std::stop_token stop);

  // Blocks until it answers. Errors: as run(); `denied` at once, for waiting does not help.
  Result<void> wait_for(Deadline deadline, std::stop_token stop);

  std::string name() const { return access_.user + "@" + access_.host; }

 private:
  SshAccess access_;
  Clock& clock_;
};

}  // namespace rigbisect
