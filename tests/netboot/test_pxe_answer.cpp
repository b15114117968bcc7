#include <doctest/doctest.h>

#include "netboot/pxe_answer.h"
#include "tests/netboot/packet_files.h"

using namespace rigbisect;
using namespace rigbisect::netboot;

namespace {

const Ipv4 us = *parse_ipv4("10.77.0.1");
const Ipv4 lease = *parse_ipv4("10.77.0.237");
const Ipv4 everybody{0xffffffff};
const Ticket ticket{"0123456789abcdef0123456789abcdef", lease};
const std::string script = "http://10.77.0.1:8069/0123456789abcdef0123456789abcdef/boot.ipxe";
const std::string bios_loader = ticket.token + "/undionly.kpxe", uefi_loader = ticket.token + "/snponly.efi";

Site site(Mode mode) {
  return {mode, {us, 24}, "http://10.77.0.1:8069"};
}

DhcpPacket read(const std::string& name) {
  const auto packet = parse_dhcp(captured(name));
  REQUIRE_MESSAGE(packet.ok(), name);
  return *packet;
}

// A BIOS with a PXE ROM of its own. There is none in QEMU; this is PXE 2.1 table 2-1.
DhcpPacket bios_rom() {
  DhcpPacket packet;
  packet.mac = *parse_mac("52:54:00:77:00:10");
  packet.add(option::message_type, Bytes{1});
  packet.add(option::vendor_class, bytes_of("PXEClient:Arch:00000:UNDI:002001"));
  packet.add(option::client_architecture, Bytes{0, 0});
  packet.add(option::machine_identifier, Bytes(17, 0));
  return packet;
}

DhcpPacket with(DhcpPacket packet, std::uint8_t code, Bytes value) {
  std::erase_if(packet.options, [&](const DhcpOption& o) { return o.code == code; });
  packet.add(code, std::move(value));
  return packet;
}

DhcpPacket of_type(DhcpPacket packet, DhcpType type) {
  return with(std::move(packet), option::message_type, Bytes{static_cast<std::uint8_t>(type)});
}

Bytes address_bytes(const char* text) {
  DhcpPacket packet;
  packet.add(1, *parse_ipv4(text));
  return packet.options.front().value;
}

const Arrival on_67{67, {}, 68};
const Arrival on_4011{4011, *parse_ipv4("10.77.0.153"), 4011};

}  // namespace

TEST_CASE("a machine without an intent gets silence, in both modes and on both ports") {
  for (const Mode mode : {Mode::dhcp, Mode::proxy})
    for (const Arrival& arrival : {on_67, on_4011})
      for (const char* file :
           {"edk2-discover.dhcp", "edk2-proxy-request.dhcp", "seabios-ipxe-rom-request.dhcp"}) {
        const Answer result = answer(read(file), arrival, site(mode), nullptr);
        CHECK_FALSE(result.reply);
        CHECK(result.steps.empty());
      }
}

TEST_CASE("each firmware is offered what it can boot") {
  struct Row {
    const char* name;
    DhcpPacket discover;
    std::string in_dhcp_mode, in_proxy_mode;  // boot file of the OFFER
    bool class_in_dhcp_mode;                  // "PXEClient" and discovery control go along
  };
  const DhcpPacket no_http =
      with(read("seabios-ipxe-rom-discover.dhcp"), option::ipxe_encapsulated, Bytes{177, 0});
  const Row rows[] = {
      {"BIOS PXE ROM", bios_rom(), bios_loader, bios_loader, true},
      {"BIOS iPXE ROM", read("seabios-ipxe-rom-discover.dhcp"), script, script, true},
      {"BIOS iPXE ROM without HTTP", no_http, bios_loader, bios_loader, true},
      {"undionly.kpxe", read("undionly-discover.dhcp"), script, script, true},
      {"EDK2", read("edk2-discover.dhcp"), uefi_loader, "", false},
      {"EFI BC", with(read("edk2-discover.dhcp"), option::client_architecture, Bytes{0, 9}), uefi_loader, "",
       false},
      {"snponly.efi", read("snponly-discover.dhcp"), script, script, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Answer lab = answer(row.discover, on_67, site(Mode::dhcp), &ticket);
    REQUIRE(lab.reply);
    CHECK(lab.reply->type() == DhcpType::offer);
    CHECK(lab.reply->yiaddr == lease);
    CHECK(lab.reply->siaddr == us);
    CHECK(lab.reply->boot_file == row.in_dhcp_mode);
    CHECK(lab.reply->is_pxe_client() == row.class_in_dhcp_mode);
    CHECK((lab.reply->find(option::vendor_specific) != nullptr) == row.class_in_dhcp_mode);

    const Answer proxy = answer(row.discover, on_67, site(Mode::proxy), &ticket);
    REQUIRE(proxy.reply);
    CHECK(proxy.reply->type() == DhcpType::offer);
    CHECK(proxy.reply->yiaddr.is_zero());
    CHECK(proxy.reply->find(option::lease_time) == nullptr);
    CHECK(proxy.reply->is_pxe_client());
    CHECK(proxy.reply->boot_file == row.in_proxy_mode);

    for (const Answer& result : {lab, proxy}) {
      CHECK(result.to == everybody);
      CHECK(result.to_port == 68);
      CHECK(result.reply->xid == row.discover.xid);
      CHECK(result.reply->mac == row.discover.mac);
      CHECK(result.reply->broadcast == row.discover.broadcast);
      CHECK(result.reply->address(option::server_identifier) == us);
      CHECK(*result.reply->find(option::machine_identifier) ==
            *row.discover.find(option::machine_identifier));
      CHECK(encode_dhcp(*result.reply).size() <= 548);
    }
  }
}

TEST_CASE("a lease has its times, mask and broadcast address") {
  const Answer result = answer(read("edk2-discover.dhcp"), on_67, site(Mode::dhcp), &ticket);
  REQUIRE(result.reply);
  CHECK(to_string(*result.reply->address(option::subnet_mask)) == "255.255.255.0");
  CHECK(to_string(*result.reply->address(option::broadcast_address)) == "10.77.0.255");
  CHECK(result.reply->address(option::lease_time)->value == 86400);
  CHECK(result.steps ==
        std::vector<Step>{{"DISCOVER", "UEFI x86-64"}, {"OFFER", "10.77.0.237, snponly.efi"}});
}

TEST_CASE("iPXE is told not to wait for ProxyDHCP offers where there can be none") {
  const Bytes alone{option::ipxe_no_proxy, 1, 1};
  const Answer lab = answer(read("snponly-discover.dhcp"), on_67, site(Mode::dhcp), &ticket);
  REQUIRE(lab.reply->find(option::ipxe_encapsulated) != nullptr);
  CHECK(*lab.reply->find(option::ipxe_encapsulated) == alone);
  const Answer proxy = answer(read("snponly-discover.dhcp"), on_67, site(Mode::proxy), &ticket);
  CHECK(proxy.reply->find(option::ipxe_encapsulated) == nullptr);
}

TEST_CASE("a machine that is no PXE client gets an address in dhcp mode and nothing in proxy mode") {
  DhcpPacket linux_client = bios_rom();
  std::erase_if(linux_client.options, [](const DhcpOption& o) { return o.code != option::message_type; });
  const Answer lab = answer(linux_client, on_67, site(Mode::dhcp), &ticket);
  REQUIRE(lab.reply);
  CHECK(lab.reply->yiaddr == lease);
  CHECK(lab.reply->boot_file.empty());
  CHECK_FALSE(answer(linux_client, on_67, site(Mode::proxy), &ticket).reply);
}

TEST_CASE("firmware without a loader of ours gets silence and a line in the timeline") {
  const DhcpPacket arm = with(read("edk2-discover.dhcp"), option::client_architecture, Bytes{0, 11});
  for (const Mode mode : {Mode::dhcp, Mode::proxy}) {
    const Answer result = answer(arm, on_67, site(mode), &ticket);
    CHECK_FALSE(result.reply);
    CHECK(result.steps == std::vector<Step>{{"DISCOVER", "no loader for PXE architecture 11"}});
  }
}

TEST_CASE("a REQUEST is answered by what it asks for") {
  const DhcpPacket request = read("edk2-request.dhcp");
  REQUIRE(request.address(option::requested_address) == lease);
  DhcpPacket renewal = bios_rom();
  renewal.ciaddr = lease;
  struct Row {
    const char* name;
    DhcpPacket packet;
    Arrival arrival;
    std::optional<DhcpType> reply;
    Ipv4 to;
  };
  const Row rows[] = {
      {"the offered address", request, on_67, DhcpType::ack, everybody},
      {"another address", with(request, option::requested_address, address_bytes("10.77.0.9")), on_67,
       DhcpType::nak, everybody},
      {"another server",
       with(request, option::server_identifier, address_bytes("10.77.0.9")),
       on_67,
       std::nullopt,
       {}},
      {"renewal", of_type(renewal, DhcpType::request), {67, lease, 68}, DhcpType::ack, lease},
      {"renewal with a false source", of_type(renewal, DhcpType::request), on_67, DhcpType::ack, everybody},
      {"INFORM", of_type(renewal, DhcpType::inform), {67, lease, 68}, DhcpType::ack, lease},
      {"RELEASE", of_type(renewal, DhcpType::release), {67, lease, 68}, std::nullopt, {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Answer result = answer(row.packet, row.arrival, site(Mode::dhcp), &ticket);
    REQUIRE(result.reply.has_value() == row.reply.has_value());
    if (!result.reply) continue;
    CHECK(result.reply->type() == *row.reply);
    CHECK(result.to == row.to);
  }
}

TEST_CASE("another DHCP server that the machine chose is named") {
  const DhcpPacket request =
      with(read("edk2-request.dhcp"), option::server_identifier, address_bytes("10.77.0.9"));
  const Answer result = answer(request, on_67, site(Mode::dhcp), &ticket);
  CHECK(result.steps == std::vector<Step>{{"REQUEST", "to another DHCP server, 10.77.0.9"}});
}

TEST_CASE("a machine that finds its address in use is to get another") {
  const DhcpPacket decline = of_type(read("edk2-request.dhcp"), DhcpType::decline);
  CHECK(answer(decline, on_67, site(Mode::dhcp), &ticket).lease_declined);
  const DhcpPacket foreign = with(decline, option::requested_address, address_bytes("10.77.0.9"));
  CHECK_FALSE(answer(foreign, on_67, site(Mode::dhcp), &ticket).lease_declined);
}

TEST_CASE("proxy mode tells UEFI firmware its boot file on port 4011, back to where it asked from") {
  const Answer result = answer(read("edk2-proxy-request.dhcp"), on_4011, site(Mode::proxy), &ticket);
  REQUIRE(result.reply);
  CHECK(result.reply->type() == DhcpType::ack);
  CHECK(result.reply->boot_file == uefi_loader);
  CHECK(result.reply->siaddr == us);
  CHECK(result.to == on_4011.from);
  CHECK(result.to_port == 4011);
  CHECK_FALSE(answer(read("edk2-proxy-request.dhcp"), on_4011, site(Mode::dhcp), &ticket).reply);
}

TEST_CASE("a PXE boot item that was asked for is named in the answer") {
  const Bytes item{71, 4, 0, 5, 0, 0, 255};
  const DhcpPacket asking = with(of_type(bios_rom(), DhcpType::request), option::vendor_specific, item);
  const Answer result = answer(asking, on_4011, site(Mode::proxy), &ticket);
  REQUIRE(result.reply);
  REQUIRE(result.reply->find(option::vendor_specific) != nullptr);
  CHECK(*result.reply->find(option::vendor_specific) == item);
}

TEST_CASE("proxy mode leaves addresses to the site's server but notes that one was taken") {
  const Answer result = answer(read("edk2-request.dhcp"), on_67, site(Mode::proxy), &ticket);
  CHECK_FALSE(result.reply);
  CHECK(result.steps == std::vector<Step>{{"REQUEST", "10.77.0.237 from the site's DHCP server"}});
}

TEST_CASE("a relay gets the answer of proxy mode with its option 82; dhcp mode has no addresses there") {
  DhcpPacket relayed = with(bios_rom(), option::relay_agent, Bytes{1, 2, 3, 4});
  relayed.giaddr = *parse_ipv4("10.9.0.1");
  const Answer result = answer(relayed, {67, relayed.giaddr, 67}, site(Mode::proxy), &ticket);
  REQUIRE(result.reply);
  CHECK(result.to == relayed.giaddr);
  CHECK(result.to_port == 67);
  CHECK(result.reply->giaddr == relayed.giaddr);
  CHECK(*result.reply->find(option::relay_agent) == Bytes{1, 2, 3, 4});
  CHECK_FALSE(answer(relayed, {67, relayed.giaddr, 67}, site(Mode::dhcp), &ticket).reply);
}

TEST_CASE("replies of other servers and packets without a type get silence") {
  DhcpPacket reply = bios_rom();
  reply.is_request = false;
  DhcpPacket untyped = bios_rom();
  std::erase_if(untyped.options, [](const DhcpOption& o) { return o.code == option::message_type; });
  for (const Mode mode : {Mode::dhcp, Mode::proxy}) {
    CHECK_FALSE(answer(reply, on_67, site(mode), &ticket).reply);
    CHECK_FALSE(answer(untyped, on_67, site(mode), &ticket).reply);
    CHECK_FALSE(answer(read("dnsmasq-offer.dhcp"), on_67, site(mode), &ticket).reply);
  }
}
