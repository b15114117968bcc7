#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "device/line_errors.h"
#include "os/fd.h"

struct sp_port;

// A serial adapter of this machine, through libserialport: what the console and the relay drivers share. A
// port is ours alone while it is open: an flock on the tty keeps other processes of ours (and all who care)
// out, TIOCEXCL the others. Stable links such as /dev/serial/by-id/... are resolved at each open, because the
// number behind them changes when an adapter is plugged in again. One thread may read while another writes.
namespace rigbisect {

enum class FlowControl { none, rts_cts, xon_xoff };

struct LineSettings {
  int baud = 9600;
  std::string framing = "8N1";  // data bits 5-8, parity N E O M S, stop bits 1 or 2
  FlowControl flow = FlowControl::none;
  bool exclusive = true;
};

class SerialPort {
 public:
  // Does not block. Errors: not_found, denied, busy (the message names the holder where it can be found), io.
  static Result<SerialPort> open(const std::filesystem::path& path, const LineSettings& settings);

  // The same, but waits for another holder to let go until `deadline` (then still Errc::busy).
  static Result<SerialPort> open_waiting(const std::filesystem::path& path, const LineSettings& settings,
                                         Clock& clock, Deadline deadline, std::stop_token stop);

  // At least one byte, as SerialConsole::read().
  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop);

  // All bytes, as SerialConsole::write().
  Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop);

  // Throws away what came in and was not read.
  void discard_input();

  // Drives the line low, or lets it go again.
  Result<void> set_break(bool on);

  // The outputs beside the data; `true` is "asserted". Asking tells what is driven.
  Result<void> set_dtr(bool asserted);
  Result<void> set_rts(bool asserted);
  Result<bool> dtr() const;
  Result<bool> rts() const;
  // Whether the other end asserts CTS, DSR or DCD.
  Result<bool> inputs() const;

  // What the driver counted since it found the adapter; nullopt if it does not count (many do not).
  std::optional<LineErrors> line_errors() const;

  // "/dev/ttyUSB1 115200 8N1 (FT232R USB UART - A900RIG1)"
  const std::string& describe() const { return description_; }

 private:
  struct Closer {
    void operator()(sp_port* port) const;
  };

  SerialPort() = default;
  Result<void> open_tty(const std::string& name, const std::string& tty, const LineSettings& settings);
  Result<void> apply(const LineSettings& settings);
  Result<bool> any_of(int lines) const;

  Fd lock_;  // a descriptor of its own, so that a tty in use is found out before its settings are touched
  std::unique_ptr<sp_port, Closer> port_;
  int fd_ = -1;  // of port_
  std::string description_;
};

}  // namespace rigbisect
