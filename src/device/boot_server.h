#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "device/boot_medium.h"

namespace rigbisect {

// The network-boot service as a driver sees it: answers exactly the machines it was told about, each with one
// boot intent at a time. Implemented by firmware-host/netboot; shared by all boards on one network;
// thread-safe.
class BootServer {
 public:
  virtual ~BootServer() = default;

  // From now on the machine with this MAC ("52:54:00:77:00:10", lower case) boots `intent`; an earlier intent
  // of the same machine ends. Clears its timeline. Fails if a file cannot be read or the service is not
  // running.
  virtual Result<void> offer(const std::string& mac, const BootIntent& intent) = 0;

  // Nothing is served to this machine any more. Its timeline stays until the next offer.
  virtual void withdraw(const std::string& mac) = 0;

  virtual std::vector<BootStage> timeline(const std::string& mac) const = 0;
};

// Where and how to serve. `mode: dhcp` is a lab network of its own, `mode: proxy` works beside a site's DHCP
// server.
struct BootServerOptions {
  std::string interface;  // "rig0"
  std::string mode = "dhcp";
  std::string address;  // ours on that interface, "10.77.0.1"; empty: the interface's first IPv4 address
  unsigned http_port = 8069;

  bool operator==(const BootServerOptions&) const = default;
};

// Gives the one server for these options, starting it at first use. Implemented by the wiring (src/cli).
class BootServers {
 public:
  virtual ~BootServers() = default;

  // The server lives as long as this object. Fails if another server with other options holds the interface.
  virtual Result<BootServer*> get(const BootServerOptions& options) = 0;
};

}  // namespace rigbisect
