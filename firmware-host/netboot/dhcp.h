#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "netboot/address.h"

// DHCP packets as values: RFC 2131 (the packet), RFC 2132 (options), RFC 3396 (split options are joined), RFC
// 3046 (relay agent information), RFC 4578 (PXE: 93 architecture, 97 machine identifier), RFC 3004 and what
// iPXE really sends (77 user class), Intel PXE 2.1 section 2 (60, 43), ipxe.org/howto/dhcpd (175). Pure
// functions of bytes; any bytes are fine as input.
namespace rigbisect::netboot {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

enum class DhcpType : std::uint8_t { discover = 1, offer, request, decline, ack, nak, release, inform };

const char* to_string(DhcpType type);

// Codes of the options that we read or write.
namespace option {
inline constexpr std::uint8_t subnet_mask = 1, broadcast_address = 28, vendor_specific = 43,
                              requested_address = 50, lease_time = 51, overload = 52, message_type = 53,
                              server_identifier = 54, parameter_list = 55, renewal_time = 58,
                              rebinding_time = 59, vendor_class = 60, client_identifier = 61, user_class = 77,
                              relay_agent = 82, client_architecture = 93, machine_identifier = 97,
                              ipxe_encapsulated = 175, end = 255;
// Within 43: PXE discovery control, and its bit "use the boot file of this packet, discover nothing"
// (PXE 2.1, table 2-1).
inline constexpr std::uint8_t pxe_discovery_control = 6, pxe_skip_discovery = 8;
// Within 175: "do not wait for ProxyDHCP offers" and "this iPXE can fetch by HTTP".
inline constexpr std::uint8_t ipxe_no_proxy = 176, ipxe_has_http = 19;
}  // namespace option

struct DhcpOption {
  std::uint8_t code = 0;
  Bytes value;
  bool operator==(const DhcpOption&) const = default;
};

struct DhcpPacket {
  bool is_request = true;  // BOOTREQUEST (from a client) or BOOTREPLY
  std::uint8_t hops = 0;
  std::uint32_t xid = 0;
  std::uint16_t secs = 0;
  bool broadcast = false;
  Ipv4 ciaddr, yiaddr, siaddr, giaddr;
  Mac mac;
  std::string server_name;          // without the options that may have been overloaded into it
  std::string boot_file;            // likewise
  std::vector<DhcpOption> options;  // in order; no pads, no end, no overload; each code once

  const Bytes* find(std::uint8_t code) const;
  void add(std::uint8_t code, Bytes value) { options.push_back({code, std::move(value)}); }
  void add(std::uint8_t code, Ipv4 address);

  std::optional<DhcpType> type() const;
  std::optional<Ipv4> address(std::uint8_t code) const;  // of an option of 4 bytes
  std::optional<std::uint16_t> architecture() const;     // option 93, else from 60
  bool is_pxe_client() const;                            // option 60 begins with "PXEClient"
  bool is_ipxe() const;                                  // user class, with or without length byte
  bool ipxe_has_http() const;                            // feature announced within option 175

  bool operator==(const DhcpPacket&) const = default;
};

// The packet, or an Error (Errc::protocol) for what is not an Ethernet DHCP packet or is cut off.
Result<DhcpPacket> parse_dhcp(ByteView bytes);

// The packet as it goes onto the wire, at least 300 bytes (RFC 1542 2.1); option 82 goes last.
// Values of more than 255 bytes are split.
// REQUIRES: server_name.size() < 64, boot_file.size() < 128.
Bytes encode_dhcp(const DhcpPacket& packet);

// The options within an option (43, 175). Cut-off ones end the list.
std::vector<DhcpOption> parse_suboptions(ByteView bytes);
Bytes encode_suboptions(std::span<const DhcpOption> options, bool with_end);

}  // namespace rigbisect::netboot
