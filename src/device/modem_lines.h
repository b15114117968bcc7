#pragma once

#include <optional>

namespace rigbisect {

// What some consoles can see beside bytes: the lines CTS, DSR and DCD of the serial port, which the other end
// drives (over a null-modem cable with its RTS and DTR). They fall with its power. See
// SerialConsole::modem_lines().
class ModemLines {
 public:
  virtual ~ModemLines() = default;

  // Whether the other end drives one of them now; nullopt if nobody can tell (the adapter is away, the server
  // says nothing about them). Does not block; any thread.
  virtual std::optional<bool> driven() = 0;
};

}  // namespace rigbisect
