#include "drivers/console/console_options.h"

#include <iterator>
#include <utility>

namespace rigbisect {

std::vector<OptionSpec> server_options(std::string port_help) {
  return {
      {.name = "host", .required = true, .help = "name or address of the server"},
      {.name = "port",
       .type = OptionType::integer,
       .required = true,
       .help = std::move(port_help),
       .min = 1,
       .max = 65535},
  };
}

std::vector<OptionSpec> uart_options() {
  return {
      {.name = "baud",
       .type = OptionType::integer,
       .default_value = "115200",
       .help = "speed in bits per second",
       .min = 50,
       .max = 12'000'000},
      {.name = "framing",
       .default_value = "8N1",
       .help = "data bits, parity, stop bits",
       .choices = {"8N1", "8N2", "8E1", "8O1", "7N1", "7E1", "7O1"}},
      {.name = "flow",
       .default_value = "none",
       .help = "flow control; only if the board's wires carry it",
       .choices = {"none", "rtscts", "xonxoff"}},
  };
}

std::vector<OptionSpec> joined(std::vector<OptionSpec> first, std::vector<OptionSpec> second) {
  first.insert(first.end(), std::make_move_iterator(second.begin()), std::make_move_iterator(second.end()));
  return first;
}

}  // namespace rigbisect
