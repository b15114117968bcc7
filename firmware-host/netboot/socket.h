#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include <asio/io_context.hpp>

#include "base/result.h"
#include "netboot/address.h"
#include "netboot/interface.h"
#include "os/fd.h"

namespace rigbisect::netboot {

// Sockets that see and send only on one interface (SO_BINDTODEVICE), non-blocking. Port 0 takes any free
// port. Errors name the port, the process that holds it, or the capability that is missing.
Result<Fd> open_udp(const Interface& interface, Ipv4 address, std::uint16_t port);
Result<Fd> open_tcp_listener(const Interface& interface, std::uint16_t port);

// The local port of a bound socket.
std::uint16_t local_port(const Fd& socket);

// So many errors of a socket in a row make it unusable.
inline constexpr unsigned errors_before_failure = 16;

// Called with what made a socket unusable.
using FailureHandler = std::function<void(const Error&)>;

// A UDP socket in an io_context's thread: each datagram that comes goes to the handler. Everything here, and
// the destructor, is for that one thread (or while it does not run). The handler may destroy the socket.
class UdpSocket {
 public:
  using Handler =
      std::function<void(std::span<const std::uint8_t> bytes, Ipv4 from, std::uint16_t from_port)>;

  UdpSocket(asio::io_context& io, Fd socket, const Interface& interface, Handler handler,
            FailureHandler failed);
  ~UdpSocket();
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  // From our address on the interface (IP_PKTINFO), also for broadcasts. Never blocks; what the kernel does
  // not take is lost, as any datagram may be: both protocols here repeat.
  void send(std::span<const std::uint8_t> bytes, Ipv4 to, std::uint16_t port);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace rigbisect::netboot
