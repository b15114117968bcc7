#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <asio/io_context.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "device/boot_server.h"
#include "netboot/dhcp_server.h"
#include "netboot/http_server.h"
#include "netboot/offers.h"
#include "netboot/router_server.h"
#include "netboot/tftp_server.h"

namespace rigbisect::netboot {

// The boot service of one network: DHCP or ProxyDHCP, TFTP and HTTP for exactly the machines with an offer.
// Two threads of its own (datagrams, HTTP). All methods are thread-safe and do not block for the network.
class NetbootService : public BootServer {
 public:
  // Opens all ports and starts serving; nobody is answered before the first offer(). `loaders` is where
  // Debian's package `ipxe` puts its files. `clock` outlives the service. Errors say what to do: unknown
  // interface or mode, a port in use (with its holder), no permission, loaders missing.
  static Result<std::unique_ptr<NetbootService>> start(
      const BootServerOptions& options, Clock& clock, const std::filesystem::path& loaders = "/usr/lib/ipxe");

  // Stops at once: connections are cut, threads joined.
  ~NetbootService() override;

  Result<void> offer(const std::string& mac, const BootIntent& intent) override;
  void withdraw(const std::string& mac) override;
  std::vector<BootStage> timeline(const std::string& mac) const override;

 private:
  NetbootService(Interface interface, Site site, LoaderFiles loaders, Clock& clock);
  Result<void> open(Fd http_listener);
  void fail(const Error& error);

  const Interface interface_;
  const Site site_;
  const LoaderFiles loaders_;
  Clock& clock_;
  Offers offers_;
  mutable std::mutex mutex_;
  std::optional<Error> failure_;

  asio::io_context io_{1};
  std::unique_ptr<DhcpServer> dhcp_;
  std::unique_ptr<TftpServer> tftp_;
  std::unique_ptr<RouterServer> router_;
  std::unique_ptr<HttpServer> http_;
  std::thread thread_;
};

}  // namespace rigbisect::netboot
