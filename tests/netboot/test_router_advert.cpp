#include <doctest/doctest.h>

#include "netboot/router_advert.h"
#include "tests/netboot/packet_files.h"

using namespace rigbisect::netboot;

namespace {

const Mac ours{{0x42, 0xe6, 0xd5, 0x3e, 0x7e, 0xbb}};

}  // namespace

TEST_CASE("iPXE's router solicitation is answered to iPXE alone, configuring nothing") {
  const auto frame = captured("ipxe-router-solicitation.frame");
  const auto mac = solicitation_from(frame);
  REQUIRE(mac);
  CHECK(to_string(*mac) == "52:54:00:77:00:10");
  const auto reply = advertisement_for(frame, ours);
  // tcpdump: fe80::40e6:d5ff:fe3e:7ebb > fe80::5054:ff:fe77:10: router advertisement, length 16 [icmp6 sum
  // ok]
  const std::vector<std::uint8_t> expected = {
      0x52, 0x54, 0x00, 0x77, 0x00, 0x10, 0x42, 0xe6, 0xd5, 0x3e, 0x7e, 0xbb, 0x86, 0xdd,  // Ethernet
      0x60, 0,    0,    0,    0,    16,   58,   255,                                       // IPv6
      0xfe, 0x80, 0,    0,    0,    0,    0,    0,    0x40, 0xe6, 0xd5, 0xff, 0xfe, 0x3e, 0x7e, 0xbb,
      0xfe, 0x80, 0,    0,    0,    0,    0,    0,    0x50, 0x54, 0x00, 0xff, 0xfe, 0x77, 0x00, 0x10,
      134,  0,    0x98, 0xf7, 0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0};
  CHECK(reply == expected);
}

TEST_CASE("anything that is not a valid solicitation is ignored (RFC 4861 6.1.1)") {
  const auto good = captured("ipxe-router-solicitation.frame");
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK_FALSE(solicitation_from(std::span(good).first(size)));
  for (const std::size_t at : {12u, 14u, 18u, 20u, 21u, 22u, 54u, 55u, 56u, 60u, 69u}) {
    auto bad = good;
    bad[at] ^= 0x10;
    CHECK_MESSAGE(!solicitation_from(bad), at);
  }
}
