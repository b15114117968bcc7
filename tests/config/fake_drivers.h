#pragma once

#include "device/driver.h"

namespace rigbisect {

// A driver table with every option type, whose drivers are never made.
inline DriverTable fake_drivers() {
  DriverTable table;
  table.power.push_back(
      {"lcus",
       "serial relay",
       "",
       {{.name = "port", .type = OptionType::path, .required = true, .help = "the relay's serial device"},
        {.name = "channel",
         .type = OptionType::integer,
         .default_value = "1",
         .help = "relay, from 1",
         .min = 1,
         .max = 8},
        {.name = "settle",
         .type = OptionType::duration,
         .default_value = "100ms",
         .help = "wait after switching"}},
       {}});
  table.power.push_back(
      {"command",
       "programs of yours",
       "",
       {{.name = "on", .type = OptionType::list, .required = true, .help = "program and arguments"},
        {.name = "env", .type = OptionType::list, .default_value = "[A, B]", .help = "variables"}},
       {}});
  table.console.push_back(
      {"serial",
       "a serial port",
       "",
       {{.name = "port", .type = OptionType::path, .required = true, .help = "the serial device"},
        {.name = "baud", .type = OptionType::integer, .default_value = "115200", .help = "bits per second"},
        {.name = "framing",
         .type = OptionType::text,
         .default_value = "8N1",
         .help = "data bits, parity, stop bits",
         .choices = {"8N1", "7E1"}},
        {.name = "flow", .type = OptionType::boolean, .default_value = "false", .help = "RTS/CTS"}},
       {}});
  table.boot.push_back(
      {"pxe",
       "network boot",
       "",
       {{.name = "mac", .type = OptionType::mac, .required = true, .help = "the machine's network card"},
        {.name = "interface", .type = OptionType::text, .required = true, .help = "our network interface"}},
       {}});
  return table;
}

}  // namespace rigbisect
