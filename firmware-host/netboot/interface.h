#pragma once

#include <string>

#include "base/result.h"
#include "netboot/address.h"

// What the operating system says of the network: the interface we serve on, sockets on it, and who holds a
// port.
namespace rigbisect::netboot {

struct Interface {
  std::string name;
  int index = 0;
  unsigned mtu = 1500;
  Mac mac;
  Subnet subnet;  // our address on it
};

// Looks the interface up; `address` picks one of its IPv4 addresses, empty takes the first. Errors say what
// to do: unknown interface (did you mean), interface down, no IPv4 address, not ours, subnet too small.
Result<Interface> find_interface(const std::string& name, const std::string& address);

// " (held by dnsmasq, pid 412)" for a UDP or TCP port of this host, or "" if /proc does not tell.
std::string port_holder(unsigned port, bool tcp);

}  // namespace rigbisect::netboot
