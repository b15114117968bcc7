#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "netboot/offers.h"
#include "netboot/socket.h"
#include "netboot/tftp_transfer.h"

namespace rigbisect::netboot {

// The loaders' contents by file name, read once at the start.
using LoaderFiles = std::map<std::string, std::vector<std::uint8_t>, std::less<>>;

// Sends loaders to machines with an offer: the socket of port 69 and one socket per transfer around
// TftpTransfer. A file is named "<token>/<loader>"; both are looked up in tables, no path is ever opened for
// a client. Lives in the thread of its io_context.
class TftpServer {
 public:
  // Errors: port 69 in use or not permitted.
  static Result<std::unique_ptr<TftpServer>> open(asio::io_context& io, const Interface& interface,
                                                  Offers& offers, const LoaderFiles& loaders,
                                                  const Clock& clock, const FailureHandler& failed);

 private:
  using Peer = std::pair<Ipv4, std::uint16_t>;
  struct Session;

  TftpServer(asio::io_context& io, const Interface& interface, Offers& offers, const LoaderFiles& loaders,
             const Clock& clock)
      : io_(io), interface_(interface), offers_(offers), loaders_(loaders), clock_(clock) {}
  void on_request(std::span<const std::uint8_t> bytes, const Peer& peer);
  void refuse(const Peer& peer, TftpErrorCode code, const char* why);
  void begin(const TftpRequest& request, const Peer& peer);
  void advance(Session& session, const TftpTransfer::Packets& packets);
  void wait(Session& session);
  void end(Session& session);

  asio::io_context& io_;
  const Interface interface_;
  Offers& offers_;
  const LoaderFiles& loaders_;
  const Clock& clock_;
  std::map<Peer, std::shared_ptr<Session>> sessions_;
  std::unique_ptr<UdpSocket> socket_;
};

}  // namespace rigbisect::netboot
