#include "netboot/router_advert.h"

#include <algorithm>

#include "netboot/wire.h"

namespace rigbisect::netboot {

namespace {

using ByteView = std::span<const std::uint8_t>;

// Offsets in an Ethernet frame with an IPv6 packet (RFC 8200 section 3) without extension headers.
constexpr std::size_t ethernet_source = 6, ethernet_type = 12, ipv6 = 14;
constexpr std::size_t payload_length = ipv6 + 4, next_header = ipv6 + 6, hop_limit = ipv6 + 7;
constexpr std::size_t ip_source = ipv6 + 8, ip_destination = ipv6 + 24, icmp = ipv6 + 40;
constexpr std::uint8_t protocol_icmpv6 = 58, router_solicitation = 133, router_advertisement = 134;
constexpr std::size_t solicitation_size = 8, advertisement_size = 16;

// RFC 1071, over the pseudo-header of RFC 8200 section 8.1 and the message.
std::uint16_t checksum(ByteView frame) {
  std::uint32_t sum = static_cast<std::uint32_t>(frame.size() - icmp) + protocol_icmpv6;
  const auto add = [&sum](ByteView bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i)
      sum += i % 2 == 0 ? std::uint32_t{bytes[i]} << 8 : bytes[i];
  };
  add(frame.subspan(ip_source, 32));
  add(frame.subspan(icmp));
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// fe80::/64 with the modified EUI-64 of the MAC (RFC 4291 appendix A).
void put_link_local(std::vector<std::uint8_t>& out, const Mac& mac) {
  const auto& m = mac.bytes;
  out.insert(out.end(), {0xfe, 0x80, 0, 0, 0, 0, 0, 0});
  out.insert(out.end(), {static_cast<std::uint8_t>(m[0] ^ 2), m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]});
}

}  // namespace

std::optional<Mac> solicitation_from(ByteView frame) {
  if (frame.size() < icmp + solicitation_size) return std::nullopt;
  const std::size_t length = get16(frame, payload_length);
  const bool valid = get16(frame, ethernet_type) == ethertype_ipv6 && frame[ipv6] >> 4 == 6 &&
                     frame[next_header] == protocol_icmpv6 && frame[hop_limit] == 255 &&
                     length >= solicitation_size && length <= frame.size() - icmp &&
                     frame[icmp] == router_solicitation && frame[icmp + 1] == 0;
  // An unspecified source could only be answered by multicast, which would reach others; iPXE has an address
  // here.
  if (!valid || frame[ip_source] != 0xfe || checksum(frame.first(icmp + length)) != 0) return std::nullopt;
  Mac mac;
  std::copy_n(frame.begin() + ethernet_source, 6, mac.bytes.begin());
  return mac;
}

std::vector<std::uint8_t> advertisement_for(ByteView frame, const Mac& ours) {
  std::vector<std::uint8_t> out(frame.begin() + ethernet_source, frame.begin() + ethernet_type);
  out.insert(out.end(), ours.bytes.begin(), ours.bytes.end());
  put16(out, ethertype_ipv6);
  put32(out, 6u << 28);
  put16(out, advertisement_size);
  out.insert(out.end(), {protocol_icmpv6, 255});
  put_link_local(out, ours);
  out.insert(out.end(), frame.begin() + ip_source, frame.begin() + ip_destination);
  out.insert(out.end(), {router_advertisement, 0, 0, 0});
  out.resize(out.size() + 12);  // hop limit, flags, lifetimes and timers: all unspecified
  const std::uint16_t sum = checksum(out);
  out[icmp + 2] = static_cast<std::uint8_t>(sum >> 8);
  out[icmp + 3] = static_cast<std::uint8_t>(sum & 0xff);
  return out;
}

}  // namespace rigbisect::netboot
