#pragma once

#include <string>
#include <vector>

#include "device/driver.h"

namespace rigbisect {

// Options that consoles have in common, in the order in which help shows them.

// `host` and `port` of the server that a UART hangs on. `port_help` says what kind of port.
std::vector<OptionSpec> server_options(std::string port_help);

// `baud`, `framing` and `flow` of the UART itself.
std::vector<OptionSpec> uart_options();

// The first and then the second.
std::vector<OptionSpec> joined(std::vector<OptionSpec> first, std::vector<OptionSpec> second);

}  // namespace rigbisect
