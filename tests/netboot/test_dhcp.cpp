#include <doctest/doctest.h>

#include "netboot/dhcp.h"
#include "tests/netboot/packet_files.h"

using namespace rigbisect;
using namespace rigbisect::netboot;

namespace {

constexpr std::size_t options_at = 240;

// A request packet with these bytes as its options.
Bytes with_options(const Bytes& options) {
  Bytes bytes = encode_dhcp({});
  bytes.resize(options_at);
  bytes.insert(bytes.end(), options.begin(), options.end());
  return bytes;
}

DhcpPacket read(const std::string& name) {
  const auto packet = parse_dhcp(captured(name));
  REQUIRE_MESSAGE(packet.ok(), name);
  return *packet;
}

}  // namespace

TEST_CASE("real firmware is recognised by its DISCOVER") {
  struct Row {
    const char* file;
    std::uint16_t architecture;
    bool ipxe;
    bool broadcast;
  };
  const Row rows[] = {{"seabios-ipxe-rom-discover.dhcp", 0, true, false},
                      {"undionly-discover.dhcp", 0, true, true},
                      {"edk2-discover.dhcp", 7, false, true},
                      {"snponly-discover.dhcp", 7, true, false}};
  for (const Row& row : rows) {
    CAPTURE(row.file);
    const DhcpPacket packet = read(row.file);
    CHECK(packet.is_request);
    CHECK(packet.type() == DhcpType::discover);
    CHECK(to_string(packet.mac) == "52:54:00:77:00:10");
    CHECK(packet.is_pxe_client());
    CHECK(packet.architecture() == row.architecture);
    CHECK(packet.is_ipxe() == row.ipxe);
    CHECK(packet.ipxe_has_http() == row.ipxe);
    CHECK(packet.broadcast == row.broadcast);
  }
}

TEST_CASE("real packets survive reading and writing") {
  for (const char* file : {"seabios-ipxe-rom-discover.dhcp", "seabios-ipxe-rom-request.dhcp",
                           "undionly-discover.dhcp", "edk2-discover.dhcp", "edk2-request.dhcp",
                           "edk2-proxy-request.dhcp", "snponly-discover.dhcp", "dnsmasq-offer.dhcp"}) {
    CAPTURE(file);
    const DhcpPacket packet = read(file);
    const auto again = parse_dhcp(encode_dhcp(packet));
    REQUIRE(again);
    CHECK(*again == packet);
  }
}

TEST_CASE("a machine identifier is kept whole, also the 17 bytes of a UUID") {
  const DhcpPacket packet = read("edk2-discover.dhcp");
  REQUIRE(packet.find(option::machine_identifier) != nullptr);
  CHECK(packet.find(option::machine_identifier)->size() == 17);
}

TEST_CASE("the user class is read bare and with length bytes") {
  const auto is_ipxe = [](const Bytes& value) {
    DhcpPacket packet;
    packet.add(option::user_class, value);
    return packet.is_ipxe();
  };
  CHECK(is_ipxe(bytes_of("iPXE")));
  CHECK(is_ipxe(bytes_of("\x04iPXE")));
  CHECK(
      is_ipxe(bytes_of("\x03"
                       "abc"
                       "\x04iPXE")));
  CHECK_FALSE(is_ipxe(bytes_of("gPXE")));
  CHECK_FALSE(is_ipxe(bytes_of("\x05iPXE")));
  CHECK_FALSE(is_ipxe({}));
}

TEST_CASE("an old ROM's architecture is found in its vendor class") {
  DhcpPacket packet;
  packet.add(option::vendor_class, bytes_of("PXEClient:Arch:00007:UNDI:003000"));
  CHECK(packet.architecture() == 7);
  packet.options.clear();
  packet.add(option::vendor_class, bytes_of("PXEClient:Arch:0x007"));
  CHECK_FALSE(packet.architecture());
}

TEST_CASE("options may continue in file and sname") {
  Bytes bytes = with_options({53, 1, 1, option::overload, 1, 3, 255});
  const Bytes in_file{60, 2, 'h', 'i', 255}, in_server_name{12, 1, 'x', 60, 1, '!', 255};
  std::copy(in_file.begin(), in_file.end(), bytes.begin() + 108);
  std::copy(in_server_name.begin(), in_server_name.end(), bytes.begin() + 44);
  const auto packet = parse_dhcp(bytes);
  REQUIRE(packet);
  CHECK(packet->type() == DhcpType::discover);
  CHECK(packet->boot_file.empty());
  CHECK(packet->server_name.empty());
  REQUIRE(packet->find(60) != nullptr);
  CHECK(*packet->find(60) == bytes_of("hi!"));  // one option in pieces, RFC 3396
  CHECK(packet->find(option::overload) == nullptr);
}

TEST_CASE("a long option is written in pieces that are joined again") {
  DhcpPacket packet;
  packet.add(option::relay_agent, Bytes(600, 7));
  packet.add(option::vendor_class, Bytes{});
  const auto again = parse_dhcp(encode_dhcp(packet));
  REQUIRE(again);
  CHECK(*again->find(option::relay_agent) == Bytes(600, 7));
  CHECK(again->options.back().code == option::relay_agent);  // goes last, RFC 3046 2.1
}

TEST_CASE("what is not DHCP from an Ethernet is refused") {
  const Bytes good = captured("edk2-discover.dhcp");
  const auto changed = [&](std::size_t at, std::uint8_t value) {
    Bytes bytes = good;
    bytes[at] = value;
    return parse_dhcp(bytes).ok();
  };
  CHECK(parse_dhcp(good).ok());
  CHECK_FALSE(parse_dhcp({}).ok());
  CHECK_FALSE(parse_dhcp(ByteView(good).first(239)).ok());
  CHECK_FALSE(changed(0, 3));    // op
  CHECK_FALSE(changed(1, 6));    // hardware type
  CHECK_FALSE(changed(2, 16));   // address length
  CHECK_FALSE(changed(236, 0));  // magic cookie
  CHECK_FALSE(parse_dhcp(with_options({53})).ok());
  CHECK_FALSE(parse_dhcp(with_options({53, 2, 1})).ok());
  CHECK_FALSE(parse_dhcp(with_options({option::overload, 1, 4, 255})).ok());
  CHECK(parse_dhcp(with_options({0, 0, 53, 1, 1})).ok());  // pads, no end
}

TEST_CASE("every cut of a real packet is an error or a packet, never a crash") {
  const Bytes good = captured("seabios-ipxe-rom-discover.dhcp");
  for (std::size_t size = 0; size <= good.size(); ++size)
    if (const auto packet = parse_dhcp(ByteView(good).first(size)))
      CHECK(parse_dhcp(encode_dhcp(*packet)).ok());
}

TEST_CASE("a packet is never shorter than BOOTP's 300 bytes") {
  CHECK(encode_dhcp({}).size() == 300);
}
