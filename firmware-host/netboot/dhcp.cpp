#include "netboot/dhcp.h"

#include <algorithm>
#include <charconv>

#include "netboot/wire.h"

namespace rigbisect::netboot {

namespace {

constexpr std::size_t fixed_size = 236;  // op .. file, RFC 2131 figure 1
constexpr std::size_t server_name_at = 44, server_name_size = 64;
constexpr std::size_t boot_file_at = 108, boot_file_size = 128;
constexpr std::size_t minimum_size = 300;
constexpr std::uint32_t magic_cookie = 0x63825363;
constexpr std::uint8_t ethernet = 1;
constexpr std::uint16_t broadcast_flag = 0x8000;

Error malformed_dhcp(const char* what) {
  return {Errc::protocol, std::string("DHCP packet: ") + what};
}

// Adds the options in `bytes` to `into`, joining those that were split (RFC 3396).
Result<void> parse_options(ByteView bytes, std::vector<DhcpOption>& into) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::uint8_t code = bytes[at++];
    if (code == 0) continue;
    if (code == option::end) return {};
    if (at == bytes.size()) return malformed_dhcp("option without length");
    const std::size_t length = bytes[at++];
    if (length > bytes.size() - at) return malformed_dhcp("option is cut off");
    const ByteView value = bytes.subspan(at, length);
    at += length;
    const auto known =
        std::find_if(into.begin(), into.end(), [&](const DhcpOption& option) { return option.code == code; });
    if (known == into.end()) {
      into.push_back({code, Bytes(value.begin(), value.end())});
    } else {
      known->value.insert(known->value.end(), value.begin(), value.end());
    }
  }
  return {};
}

std::string text_field(ByteView field) {
  return {field.begin(), std::find(field.begin(), field.end(), std::uint8_t{0})};
}

// The names, or the options that took their place (RFC 2132 9.3: 1 = file, 2 = sname, 3 = both; file first).
Result<void> parse_names(ByteView bytes, DhcpPacket& packet) {
  std::uint8_t overload = 0;
  if (const Bytes* value = packet.find(option::overload); value != nullptr) {
    if (value->size() != 1 || value->front() < 1 || value->front() > 3)
      return malformed_dhcp("bad overload option");
    overload = value->front();
    std::erase_if(packet.options, [](const DhcpOption& o) { return o.code == option::overload; });
  }
  const ByteView file = bytes.subspan(boot_file_at, boot_file_size);
  const ByteView server = bytes.subspan(server_name_at, server_name_size);
  if ((overload & 1) == 0) {
    packet.boot_file = text_field(file);
  } else if (auto parsed = parse_options(file, packet.options); !parsed) {
    return parsed;
  }
  if ((overload & 2) == 0) {
    packet.server_name = text_field(server);
  } else if (auto parsed = parse_options(server, packet.options); !parsed) {
    return parsed;
  }
  std::erase_if(packet.options, [](const DhcpOption& o) { return o.code == option::overload; });
  return {};
}

void put_text(Bytes& out, const std::string& text, std::size_t size) {
  const std::size_t used = std::min(text.size(), size - 1);
  out.insert(out.end(), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(used));
  out.resize(out.size() + size - used);
}

// Values of more than 255 bytes are split (RFC 3396).
void put_option(Bytes& out, const DhcpOption& item) {
  ByteView rest = item.value;
  do {
    const ByteView part = rest.first(std::min<std::size_t>(rest.size(), 255));
    out.push_back(item.code);
    out.push_back(static_cast<std::uint8_t>(part.size()));
    out.insert(out.end(), part.begin(), part.end());
    rest = rest.subspan(part.size());
  } while (!rest.empty());
}

// "PXEClient:Arch:00007:UNDI:003000": old ROMs name their architecture only here (PXE 2.1, table 2-1).
std::optional<std::uint16_t> architecture_in_class(ByteView vendor_class) {
  const std::string text(vendor_class.begin(), vendor_class.end());
  constexpr std::string_view before = "PXEClient:Arch:";
  if (!text.starts_with(before) || text.size() < before.size() + 5) return std::nullopt;
  std::uint16_t value = 0;
  const char* digits = text.data() + before.size();
  const auto [stopped, error] = std::from_chars(digits, digits + 5, value);
  if (error != std::errc() || stopped != digits + 5) return std::nullopt;
  return value;
}

bool equals(ByteView bytes, std::string_view text) {
  return std::equal(bytes.begin(), bytes.end(), text.begin(), text.end(),
                    [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
}

}  // namespace

const char* to_string(DhcpType type) {
  static constexpr const char* names[] = {"DISCOVER", "OFFER", "REQUEST", "DECLINE",
                                          "ACK",      "NAK",   "RELEASE", "INFORM"};
  return names[static_cast<std::size_t>(type) - 1];
}

const Bytes* DhcpPacket::find(std::uint8_t code) const {
  const auto found =
      std::find_if(options.begin(), options.end(), [&](const DhcpOption& o) { return o.code == code; });
  return found == options.end() ? nullptr : &found->value;
}

void DhcpPacket::add(std::uint8_t code, Ipv4 address) {
  Bytes value;
  put32(value, address.value);
  add(code, std::move(value));
}

std::optional<DhcpType> DhcpPacket::type() const {
  const Bytes* value = find(option::message_type);
  if (value == nullptr || value->size() != 1 || value->front() < 1 || value->front() > 8) return std::nullopt;
  return static_cast<DhcpType>(value->front());
}

std::optional<Ipv4> DhcpPacket::address(std::uint8_t code) const {
  const Bytes* value = find(code);
  if (value == nullptr || value->size() != 4) return std::nullopt;
  return Ipv4{get32(*value, 0)};
}

std::optional<std::uint16_t> DhcpPacket::architecture() const {
  if (const Bytes* value = find(option::client_architecture); value != nullptr && value->size() >= 2)
    return get16(*value, 0);
  const Bytes* vendor_class = find(option::vendor_class);
  return vendor_class == nullptr ? std::nullopt : architecture_in_class(*vendor_class);
}

bool DhcpPacket::is_pxe_client() const {
  const Bytes* value = find(option::vendor_class);
  return value != nullptr && value->size() >= 9 && equals(ByteView(*value).first(9), "PXEClient");
}

bool DhcpPacket::is_ipxe() const {
  const Bytes* value = find(option::user_class);
  if (value == nullptr) return false;
  const ByteView bytes = *value;
  if (equals(bytes, "iPXE")) return true;
  for (std::size_t at = 0; at < bytes.size();) {  // RFC 3004: instances, each after its length
    const std::size_t length = bytes[at++];
    if (length > bytes.size() - at) return false;
    if (equals(bytes.subspan(at, length), "iPXE")) return true;
    at += length;
  }
  return false;
}

bool DhcpPacket::ipxe_has_http() const {
  const Bytes* value = find(option::ipxe_encapsulated);
  if (value == nullptr) return false;
  const auto features = parse_suboptions(*value);
  return std::any_of(features.begin(), features.end(), [](const DhcpOption& feature) {
    return feature.code == option::ipxe_has_http && !feature.value.empty() && feature.value.front() != 0;
  });
}

Result<DhcpPacket> parse_dhcp(ByteView bytes) {
  if (bytes.size() < fixed_size + 4) return malformed_dhcp("shorter than 240 bytes");
  if (bytes[0] != 1 && bytes[0] != 2) return malformed_dhcp("neither request nor reply");
  if (bytes[1] != ethernet || bytes[2] != 6) return malformed_dhcp("not from an Ethernet");
  if (get32(bytes, fixed_size) != magic_cookie) return malformed_dhcp("no magic cookie (plain BOOTP?)");
  DhcpPacket packet;
  packet.is_request = bytes[0] == 1;
  packet.hops = bytes[3];
  packet.xid = get32(bytes, 4);
  packet.secs = get16(bytes, 8);
  packet.broadcast = (get16(bytes, 10) & broadcast_flag) != 0;
  packet.ciaddr = {get32(bytes, 12)};
  packet.yiaddr = {get32(bytes, 16)};
  packet.siaddr = {get32(bytes, 20)};
  packet.giaddr = {get32(bytes, 24)};
  std::copy_n(bytes.begin() + 28, 6, packet.mac.bytes.begin());
  if (auto parsed = parse_options(bytes.subspan(fixed_size + 4), packet.options); !parsed)
    return parsed.error();
  if (auto parsed = parse_names(bytes, packet); !parsed) return parsed.error();
  return packet;
}

Bytes encode_dhcp(const DhcpPacket& packet) {
  Bytes out{static_cast<std::uint8_t>(packet.is_request ? 1 : 2), ethernet, 6, packet.hops};
  put32(out, packet.xid);
  put16(out, packet.secs);
  put16(out, packet.broadcast ? broadcast_flag : 0);
  for (const Ipv4 address : {packet.ciaddr, packet.yiaddr, packet.siaddr, packet.giaddr})
    put32(out, address.value);
  out.insert(out.end(), packet.mac.bytes.begin(), packet.mac.bytes.end());
  out.resize(server_name_at);
  put_text(out, packet.server_name, server_name_size);
  put_text(out, packet.boot_file, boot_file_size);
  put32(out, magic_cookie);
  for (const DhcpOption& item : packet.options)
    if (item.code != option::relay_agent) put_option(out, item);
  if (const Bytes* relay = packet.find(option::relay_agent); relay != nullptr)
    put_option(out, {option::relay_agent, *relay});
  out.push_back(option::end);
  if (out.size() < minimum_size) out.resize(minimum_size);
  return out;
}

std::vector<DhcpOption> parse_suboptions(ByteView bytes) {
  std::vector<DhcpOption> options;
  // A cut-off option ends the list; what came before it counts.
  (void)parse_options(bytes, options).ok();
  return options;
}

Bytes encode_suboptions(std::span<const DhcpOption> options, bool with_end) {
  Bytes out;
  for (const DhcpOption& item : options) put_option(out, item);
  if (with_end) out.push_back(option::end);
  return out;
}

}  // namespace rigbisect::netboot
