#pragma once

#include <iosfwd>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "device/serial_console.h"

namespace rigbisect {

// Where a console session reads keys from and shows what the board says.
struct ConsoleIo {
  int input = 0;                // descriptor of the keyboard; need not be a terminal
  std::ostream& out;            // the person
  std::ostream* log = nullptr;  // every byte as it came, if wanted
  bool raw = false;             // show the bytes as they are instead of escape-safe
};

// Connects a person to a board's console until Ctrl-] (success), a stop (Errc::cancelled) or a fault of
// console or log (its error). Ctrl-backslash sends a break, which makes the next key a SysRq command. The end
// of the input does not end the session: then it only shows. While the adapter is away it waits, says so, and
// what is typed is lost. Blocks; shows on a thread of its own. The terminal is the caller's to set up
// (RawTerminal).
Result<void> run_console_session(SerialConsole& console, const ConsoleIo& io, Clock& clock,
                                 std::stop_token stop);

}  // namespace rigbisect
