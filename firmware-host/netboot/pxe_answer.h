#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netboot/address.h"
#include "netboot/dhcp.h"

// The decision "what answer does this DHCP packet get": a pure function of the packet, of how we serve, and
// of what the machine that sent it shall boot. Machines without an intent get silence, whatever they send.
//
// In `dhcp` mode we are the lab network's only DHCP server: the machine gets an address and, if it is a PXE
// client, its boot file. In `proxy` mode the site's server gives the address and we add the boot file (Intel
// PXE 2.1 section 2.2: ProxyDHCP): to BIOS and iPXE in the OFFER, to UEFI firmware when it asks on port 4011.
namespace rigbisect::netboot {

enum class Mode { dhcp, proxy };

// How we serve; fixed while the service runs.
struct Site {
  Mode mode = Mode::dhcp;
  Subnet subnet;          // our address in it
  std::string http_base;  // "http://10.77.0.1:8069"
};

// What a machine with an intent may have.
struct Ticket {
  std::string token;  // unguessable first part of all its paths
  Ipv4 lease;         // dhcp mode
};

// Where a packet came from, and to which of our ports.
struct Arrival {
  std::uint16_t port = 67;  // 67 or 4011
  Ipv4 from;
  std::uint16_t from_port = 68;
};

// One step of a boot as seen by the service: the name as in BootStage, and a detail for people.
struct Step {
  std::string name;
  std::string detail;
  bool operator==(const Step&) const = default;
};

struct Answer {
  std::optional<DhcpPacket> reply;  // none: silence
  Ipv4 to;
  std::uint16_t to_port = 0;
  std::vector<Step> steps;      // for the machine's timeline
  bool lease_declined = false;  // the machine found its address in use: give it another
};

// `ticket` is null for a machine without an intent.
Answer answer(const DhcpPacket& request, const Arrival& arrival, const Site& site, const Ticket* ticket);

// A loader that turns a firmware's PXE into iPXE, as Debian's package `ipxe` installs it.
struct Loader {
  std::uint16_t architecture;  // RFC 4578 section 2.1 with the IANA additions
  std::string_view firmware;   // for people
  std::string_view file;
};

// The loaders we serve, one row per architecture. undionly.kpxe and snponly.efi use the network card through
// the firmware that is already driving it, so they know every card and try no other; ipxe.efi brings its own
// drivers.
const std::vector<Loader>& loaders();

// The fixed names below a token.
inline constexpr std::string_view script_name = "boot.ipxe", kernel_name = "kernel",
                                  initramfs_name = "initramfs";

}  // namespace rigbisect::netboot
