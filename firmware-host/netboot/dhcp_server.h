#pragma once

#include <memory>

#include <asio/io_context.hpp>

#include "base/result.h"
#include "netboot/offers.h"
#include "netboot/pxe_answer.h"
#include "netboot/socket.h"

namespace rigbisect::netboot {

// The sockets around answer(): UDP port 67, and in proxy mode 4011. Lives in the thread of its io_context.
class DhcpServer {
 public:
  // Errors: a port in use or not permitted.
  static Result<std::unique_ptr<DhcpServer>> open(asio::io_context& io, const Interface& interface,
                                                  const Site& site, Offers& offers,
                                                  const FailureHandler& failed);

 private:
  DhcpServer(const Site& site, Offers& offers) : site_(site), offers_(offers) {}
  void handle(UdpSocket& socket, std::uint16_t port, ByteView bytes, Ipv4 from, std::uint16_t from_port);

  const Site site_;
  Offers& offers_;
  std::vector<std::unique_ptr<UdpSocket>> sockets_;
};

}  // namespace rigbisect::netboot
