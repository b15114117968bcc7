#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "device/break_sender.h"
#include "device/line_errors.h"
#include "device/modem_lines.h"

namespace rigbisect {

// The UART of one machine as bytes. Implemented in drivers/console. The console outlives power cycles of the
// board and, where it can, its own adapter: a driver reopens an adapter that went away and came back. One
// thread may read while another writes; there are never two readers: others on the
// host hear what the one reads (os/local_broadcast.h).
class SerialConsole {
 public:
  static constexpr Duration kBuffered = std::chrono::milliseconds(100);

  virtual ~SerialConsole() = default;

  // Blocks until at least one byte is there, then returns how many were put into `into` (never 0 on success).
  // Errors: timeout (nothing came until `deadline`; the usual case on a silent line), cancelled,
  // disconnected (the adapter is gone: call again, the driver tries to reopen it until the deadline), io.
  // After a `disconnected` the bytes of the gap are lost; the caller notes the gap in the log.
  virtual Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) = 0;

  // Writes all bytes or fails. Blocks until the adapter took them or `deadline`.
  virtual Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) = 0;

  // For people: "/dev/ttyUSB1 115200 8N1 (FT232R USB UART A900RIG1)".
  virtual std::string describe() const = 0;

  // How long what comes may lie in the buffers below this console before it is read, without a loss: a reader
  // who lets it gather wakes up less often. Any thread.
  virtual Duration buffered() const { return kBuffered; }

  // Abilities that not every console has; nullptr without. They live as long as this object.
  virtual LineCounters* counters() { return nullptr; }
  virtual BreakSender* break_sender() { return nullptr; }
  virtual ModemLines* modem_lines() { return nullptr; }
};

}  // namespace rigbisect
