#include "netboot/address.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace rigbisect::netboot {

namespace {

template <typename Number>
bool parse_number(std::string_view text, int base, std::size_t max_digits, Number& into) {
  if (text.empty() || text.size() > max_digits) return false;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, into, base);
  return error == std::errc() && stopped == end;
}

// FNV-1a, and a final mix: MACs of one batch differ in the last bits only.
std::uint32_t hash(const Mac& mac) {
  std::uint32_t value = 2166136261u;
  for (const std::uint8_t byte : mac.bytes) value = (value ^ byte) * 16777619u;
  return value ^ (value >> 15);
}

}  // namespace

std::optional<Mac> parse_mac(std::string_view text) {
  Mac mac;
  if (text.size() != 17) return std::nullopt;
  for (std::size_t i = 0; i < 6; ++i) {
    if (i > 0 && text[3 * i - 1] != ':' && text[3 * i - 1] != '-') return std::nullopt;
    if (!parse_number(text.substr(3 * i, 2), 16, 2, mac.bytes[i])) return std::nullopt;
  }
  return mac;
}

std::string to_string(const Mac& mac) {
  std::string text;
  for (const std::uint8_t byte : mac.bytes) {
    if (!text.empty()) text += ':';
    text += to_hex(std::span(&byte, 1));
  }
  return text;
}

std::optional<Ipv4> parse_ipv4(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  Ipv4 address;
  for (const auto part : parts) {
    std::uint8_t byte = 0;
    if (!parse_number(part, 10, 3, byte)) return std::nullopt;
    address.value = address.value << 8 | byte;
  }
  return address;
}

std::string to_string(Ipv4 address) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += std::to_string(address.value >> shift & 0xff);
    if (shift > 0) text += '.';
  }
  return text;
}

Ipv4 Subnet::mask() const {
  return {prefix == 0 ? 0 : 0xffffffffu << (32 - prefix)};
}

Ipv4 Subnet::broadcast() const {
  return {address.value | ~mask().value};
}

bool Subnet::contains(Ipv4 other) const {
  return ((address.value ^ other.value) & mask().value) == 0;
}

std::optional<Ipv4> choose_address(const Subnet& subnet, const Mac& mac, std::span<const Ipv4> taken) {
  if (subnet.prefix > 30) return std::nullopt;
  const std::uint32_t network = subnet.address.value & subnet.mask().value;
  const std::uint64_t size = 1ull << (32 - subnet.prefix);
  const std::uint64_t half = size / 2;
  const std::uint64_t start = hash(mac) % half;
  // One address more than are excluded must be free, so the walk is short however large the subnet.
  const std::uint64_t tries = std::min<std::uint64_t>(half, taken.size() + 4);
  for (std::uint64_t i = 0; i < tries; ++i) {
    const Ipv4 candidate{network + static_cast<std::uint32_t>(half + (start + i) % half)};
    const bool reserved =
        candidate == subnet.address || candidate == subnet.broadcast() || candidate.value == network;
    if (!reserved && std::find(taken.begin(), taken.end(), candidate) == taken.end()) return candidate;
  }
  return std::nullopt;
}

}  // namespace rigbisect::netboot
