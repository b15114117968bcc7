#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// Ethernet and IPv4 addresses as plain values, and the one decision that is made with them: which address of
// our subnet a machine gets. Pure.
namespace rigbisect::netboot {

struct Mac {
  std::array<std::uint8_t, 6> bytes{};
  auto operator<=>(const Mac&) const = default;
};

// "52:54:00:77:00:10", upper or lower case, colons or dashes.
std::optional<Mac> parse_mac(std::string_view text);
std::string to_string(const Mac& mac);  // lower case, colons

struct Ipv4 {
  std::uint32_t value = 0;  // host byte order: 10.0.0.1 is 0x0a000001
  auto operator<=>(const Ipv4&) const = default;
  bool is_zero() const { return value == 0; }
};

std::optional<Ipv4> parse_ipv4(std::string_view text);
std::string to_string(Ipv4 address);

// Our address and the subnet around it.
struct Subnet {
  Ipv4 address;
  unsigned prefix = 24;  // 0..32

  Ipv4 mask() const;
  Ipv4 broadcast() const;
  bool contains(Ipv4 other) const;
};

// The address for a machine: decided by its MAC, so that it is the same every day and after every restart.
// Only the upper half of the subnet is used, because people give PDUs, switches and consoles the low
// addresses. Never our own, nor the network's or broadcast address, nor one of `taken`. nullopt when all are
// taken.
std::optional<Ipv4> choose_address(const Subnet& subnet, const Mac& mac, std::span<const Ipv4> taken);

}  // namespace rigbisect::netboot
