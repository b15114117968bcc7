#pragma once

#include <span>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "os/fd.h"

// A TCP connection to a device, what its drivers share. A dead peer is noticed within half a minute, though
// it may be silent for hours. One thread may read while another writes.
namespace rigbisect {

struct TcpAddress {
  std::string host;
  std::string port;
  std::string text() const;  // "10.77.0.5:2001"
};

class TcpStream {
 public:
  // Blocks until connected or `deadline`; resolving a name is the one step that follows no deadline, an
  // address avoids it. `name` is what messages begin with. Errors: not_found, disconnected, timeout,
  // cancelled.
  static Result<TcpStream> connect(const TcpAddress& address, std::string name, Deadline deadline,
                                   std::stop_token stop);

  // At least one byte, as SerialConsole::read().
  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop);

  // All bytes, as SerialConsole::write().
  Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop);

  // Waits until the socket can be read, or written if `write`: for TLS, which does both on its own.
  Result<void> wait(bool write, Deadline deadline, std::stop_token stop) const;

  int fd() const { return socket_.get(); }
  const std::string& name() const { return name_; }

 private:
  TcpStream(Fd socket, std::string name) : socket_(std::move(socket)), name_(std::move(name)) {}

  Fd socket_;
  std::string name_;
};

}  // namespace rigbisect
