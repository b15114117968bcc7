#include <vector>

#include <doctest/doctest.h>

#include "netboot/address.h"

using namespace rigbisect::netboot;

namespace {

const Mac board{{0x52, 0x54, 0x00, 0x77, 0x00, 0x10}};
const Subnet lab{*parse_ipv4("10.77.0.1"), 24};

}  // namespace

TEST_CASE("MAC addresses are read in the usual forms and printed in one") {
  CHECK(parse_mac("52:54:00:77:00:10") == board);
  CHECK(parse_mac("52-54-00-77-00-10") == board);
  CHECK(to_string(*parse_mac("AA:bb:CC:00:01:ff")) == "aa:bb:cc:00:01:ff");
  for (const char* bad :
       {"", "52:54:00:77:00", "52:54:00:77:00:1g", "52:54:00:77:00:10:", "525400770010", "+2:54:00:77:00:10"})
    CHECK_MESSAGE(!parse_mac(bad), bad);
}

TEST_CASE("IPv4 addresses are read strictly") {
  CHECK(to_string(*parse_ipv4("10.77.0.1")) == "10.77.0.1");
  CHECK(parse_ipv4("255.255.255.255")->value == 0xffffffff);
  for (const char* bad : {"", "10.77.0", "10.77.0.256", "10.77.0.1.", "10.77.0.1/24", "a.b.c.d", "10..0.1"})
    CHECK_MESSAGE(!parse_ipv4(bad), bad);
}

TEST_CASE("a subnet knows its mask, its broadcast address and who is in it") {
  CHECK(to_string(lab.mask()) == "255.255.255.0");
  CHECK(to_string(lab.broadcast()) == "10.77.0.255");
  CHECK(lab.contains(*parse_ipv4("10.77.0.200")));
  CHECK_FALSE(lab.contains(*parse_ipv4("10.77.1.200")));
}

TEST_CASE("a machine gets the same address every time, from the upper half of the subnet") {
  const auto address = choose_address(lab, board, {});
  REQUIRE(address);
  CHECK(address == choose_address(lab, board, {}));
  for (unsigned last = 0; last < 256; ++last) {
    Mac mac = board;
    mac.bytes[5] = static_cast<std::uint8_t>(last);
    const auto other = choose_address(lab, mac, {});
    REQUIRE(other);
    CHECK(other->value >= parse_ipv4("10.77.0.128")->value);
    CHECK(other->value < lab.broadcast().value);
  }
}

TEST_CASE("an address in use is not given again, and a full subnet gives none") {
  const Subnet tiny{*parse_ipv4("10.0.0.13"), 29};  // .8 to .15, the upper half is .12 to .15
  std::vector<Ipv4> taken;
  for (int expected : {1, 1, 0}) {  // .12 and .14 are free
    const auto address = choose_address(tiny, board, taken);
    REQUIRE(address.has_value() == (expected == 1));
    if (address) taken.push_back(*address);
  }
  CHECK(taken.size() == 2);
  CHECK_FALSE(choose_address({*parse_ipv4("10.0.0.1"), 31}, board, {}));
  CHECK_FALSE(choose_address({*parse_ipv4("10.0.0.1"), 32}, board, {}));
}
