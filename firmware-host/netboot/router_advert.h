#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "netboot/address.h"

// iPXE configures IPv4 and IPv6 at once and goes on when both are settled; where no router answers its
// solicitations, that is 13 s after DHCP was done. An advertisement that configures nothing settles it: no
// prefix, no managed or other configuration, router lifetime 0 ("not a default router"). Sent by unicast to
// the one machine that asked, it changes nothing for others. Pure functions of Ethernet frames. RFC
// 4861 4.1, 4.2, 6.1.1.
namespace rigbisect::netboot {

inline constexpr std::uint16_t ethertype_ipv6 = 0x86dd;

// The sender of a valid router solicitation in this frame, else nullopt. Any bytes are fine.
std::optional<Mac> solicitation_from(std::span<const std::uint8_t> frame);

// The frame that answers it. REQUIRES: solicitation_from(frame) has a value. `ours` is the interface's MAC.
std::vector<std::uint8_t> advertisement_for(std::span<const std::uint8_t> frame, const Mac& ours);

}  // namespace rigbisect::netboot
