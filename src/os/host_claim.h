#pragma once

#include <string>

#include "base/result.h"
#include "os/fd.h"

namespace rigbisect {

// A thing of this host (a serial port, an outlet) that one process has for itself, whatever user or lab
// directory it runs with: a name in the kernel's table of abstract sockets, so it needs no file, no
// permissions, and is gone with the process. Its scope is the network namespace.
class HostClaim {
 public:
  // `thing`: any text that is equal for the same thing. Does not block. Errc::busy if it is taken: the
  // message names the thing and its holder's pid and program.
  static Result<HostClaim> take(const std::string& thing);

 private:
  explicit HostClaim(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace rigbisect
