#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "loop.h"
#include "os/fd.h"

namespace rigbisect::rig {

// Moves this process, its children and nobody else into a network and a mount namespace of their own: as root
// directly, otherwise inside a user namespace where it is root. Must be called before the process has
// threads. Errc::denied says what the kernel refused.
Result<void> enter_namespaces();

// Makes the lab network in the present namespace: lo, and the bridge rig0 with 10.77.0.1/24 and fd77::1/64.
// The descriptor is the controller's own port: while it is open, rig0 has carrier whether or not a machine is
// on.
Result<Fd> make_lab_network(Clock& clock);

// The network cable of one machine: a tap device, plugged into rig0. It stays while the machine is off
// (without carrier, as the port of a switch). For the loop's thread.
class NetworkPort {
 public:
  // `mac`: the machine's, to recognise its frames.
  static Result<std::unique_ptr<NetworkPort>> create(Loop& loop, unsigned rig, const std::string& mac,
                                                     Clock& clock);
  ~NetworkPort();
  NetworkPort(const NetworkPort&) = delete;
  NetworkPort& operator=(const NetworkPort&) = delete;

  // The machine's end, for QEMU to inherit. Close it once QEMU has it. With `without_tcp`, no TCP packet
  // reaches the machine: DHCP and TFTP work, HTTP does not.
  Result<Fd> open(bool without_tcp) const;

  // Into the switch, or out of it.
  Result<void> plug(bool plugged);

  // Calls `handler` once when the machine opens its next TCP connection. cancel_tcp_watch() forgets it.
  Result<void> on_next_tcp(std::function<void()> handler);
  void cancel_tcp_watch();

 private:
  NetworkPort(Loop& loop, std::string name, std::string mac)
      : loop_(loop), name_(std::move(name)), mac_(std::move(mac)) {}
  void look_for_tcp();

  Loop& loop_;
  std::string name_;
  std::string mac_;
  bool plugged_ = false;
  Fd sniffer_;
  std::function<void()> on_tcp_;
};

// True if the Ethernet frame is from `mac` ("52:54:00:77:00:11") and opens a TCP connection over IPv4 (SYN
// without ACK).
bool opens_tcp_connection(std::string_view frame, std::string_view mac);

}  // namespace rigbisect::rig
