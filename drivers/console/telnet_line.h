#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "drivers/console/reopening_console.h"
#include "drivers/console/telnet_codec.h"
#include "drivers/tcp_stream.h"

namespace rigbisect {

// A console behind a telnet server: data both ways, negotiation answered by whoever reads. One thread may
// read while another writes.
class TelnetLine : public ConsoleLine {
 public:
  // `ours`: options to offer beside the usual; what the other side says of them goes to take_message().
  TelnetLine(TcpStream stream, const std::vector<TelnetOption>& ours)
      : stream_(std::move(stream)), codec_(ours) {}

  // Sends our wishes. Call it first.
  Result<void> greet(Deadline deadline, std::stop_token stop);

  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) override;
  Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) override;
  std::string describe() const override { return stream_.name(); }
  Result<void> send_break(Deadline deadline, std::stop_token stop) override;

 protected:
  // A subnegotiation: the option's byte, then its content. Called by the reading thread.
  virtual void take_message(std::string_view) {}

  // Waits for bytes once and keeps those that are data for read().
  Result<void> receive(Deadline deadline, std::stop_token stop);
  // Bytes as they are, past the codec.
  Result<void> send(std::string_view bytes, Deadline deadline, std::stop_token stop);
  bool agreed(TelnetOption option) const;
  bool refused(TelnetOption option) const;

 private:
  TcpStream stream_;
  mutable std::mutex codec_mutex_;
  TelnetCodec codec_;     // guarded by codec_mutex_
  std::mutex sending_;    // messages must not be torn apart
  std::string received_;  // data; the reading thread's alone
};

}  // namespace rigbisect
