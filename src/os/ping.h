#pragma once

#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace rigbisect {

// Whether this is an IPv4 address in numbers: "10.77.0.42".
bool is_ipv4_address(const std::string& text);

// Whether a machine answers one ICMP echo request. `address`: IPv4 in numbers. Blocks until the answer or
// until `deadline` (false then; also when this host has no route, or a router says that nobody is there).
// Errors: cancelled, invalid (no such address), denied (this user may not ping: needs CAP_NET_RAW, or a group
// in net.ipv4.ping_group_range), io.
Result<bool> answers_ping(const std::string& address, Deadline deadline, std::stop_token stop);

}  // namespace rigbisect
