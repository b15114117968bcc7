#pragma once

#include <span>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "device/modem_lines.h"

namespace rigbisect {

// Bytes of the UART as they came, or the note that the line was cut and is back.
struct ConsoleChunk {
  std::string bytes;
  TimePoint at;
};

// The console as its one reader has it, the bench or the boot medium that it hands the machine to: a stream
// of chunks that somebody else drains from the device all the time, and the way back.
class ConsoleFeed {
 public:
  virtual ~ConsoleFeed() = default;

  // Blocks until bytes are there, the deadline (Errc::timeout) or a stop (Errc::cancelled).
  // Errc::disconnected while the adapter is away; the caller asks again.
  virtual Result<ConsoleChunk> next(Deadline deadline, std::stop_token stop) = 0;

  // Drops what came so far and has not been read: the noise of the previous run.
  virtual void discard() = 0;

  // As SerialConsole::write().
  virtual Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) = 0;

  // Of the console behind it; nullptr if that has none.
  virtual ModemLines* modem_lines() { return nullptr; }
};

}  // namespace rigbisect
