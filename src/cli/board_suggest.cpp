#include "cli/board_suggest.h"

#include <algorithm>
#include <ostream>

#include <CLI/CLI.hpp>

#include "cli/environment.h"
#include "cli/exit_code.h"

namespace rigbisect {
namespace {

std::string described(const UsbInfo& usb) {
  if (usb.vendor.empty()) return "on the mainboard";
  std::string text = usb.name.empty() ? "USB device" : usb.name;
  text += " (" + usb.vendor + ":" + usb.product + (usb.serial.empty() ? "" : ", serial " + usb.serial);
  return text + ", at " + usb.place + ")";
}

const KnownUsb* known(const UsbInfo& usb) {
  const auto table = known_usb();
  const auto row = std::find_if(table.begin(), table.end(), [&](const KnownUsb& each) {
    return each.vendor == usb.vendor && each.product == usb.product;
  });
  return row == table.end() ? nullptr : &*row;
}

// Relay boards of the LCUS kind have this chip; so have cheap adapters.
bool may_be_relay(const HostSerialPort& port) {
  return port.usb.vendor == "1a86" && port.usb.product == "7523";
}

const HostSerialPort* pick(const std::vector<HostSerialPort>& ports, bool relay) {
  const auto port = std::find_if(ports.begin(), ports.end(), [&](const HostSerialPort& each) {
    return may_be_relay(each) == relay && (relay || !each.usb.vendor.empty());
  });
  if (port != ports.end()) return &*port;
  const auto any = std::find_if(ports.begin(), ports.end(),
                                [&](const HostSerialPort& each) { return may_be_relay(each) == relay; });
  return any == ports.end() ? nullptr : &*any;
}

// Text of devices stands in comments only: there YAML takes anything on one line.
std::string list_of(const HostDevices& devices) {
  std::string text = "# Serial ports:\n";
  for (const HostSerialPort& port : devices.serial_ports) {
    const KnownUsb* row = known(port.usb);
    text += "#   " + port.stable + "\n#     " + port.device + ", " + described(port.usb) +
            (row == nullptr ? "" : ": " + std::string(row->what)) + "\n";
  }
  if (devices.serial_ports.empty()) text += "#   none\n";
  text += "# Switches and multiplexers on USB:\n";
  for (const UsbInfo& usb : devices.switches) {
    const KnownUsb* row = known(usb);
    text += "#   " + described(usb) + ": " + std::string(row->what) + ", driver " + std::string(row->driver) +
            "\n";
  }
  if (devices.switches.empty()) text += "#   none\n";
  text += "# Network interfaces:";
  for (const std::string& name : devices.networks) text += " " + name;
  return text + (devices.networks.empty() ? " none\n" : "\n");
}

std::string power_of(const HostDevices& devices) {
  for (const UsbInfo& usb : devices.switches) {
    const std::string_view driver = known(usb)->driver;
    if (driver != "hid-relay" && driver != "sispm") continue;
    return "power:\n  driver: " + std::string(driver) + "\n  place: " + usb.place + "\n  " +
           (driver == "sispm" ? "outlet" : "channel") +
           ": 1          # CHANGE: which one switches the machine\n";
  }
  if (const HostSerialPort* relay = pick(devices.serial_ports, true)) {
    return "power:\n  driver: lcus          # if that CH340 is a relay board; `rigbisect drivers` lists "
           "other switches\n"
           "  port: " +
           relay->stable + "\n  channel: 1            # CHANGE: which relay switches the machine\n";
  }
  return "power:\n  driver: CHANGE        # no switch was found on USB: `rigbisect drivers` lists PDUs, "
         "BMCs, sockets\n";
}

std::string console_of(const HostDevices& devices) {
  const HostSerialPort* port = pick(devices.serial_ports, false);
  if (port == nullptr) {
    return "console:\n  driver: CHANGE        # no serial port was found: `rigbisect drivers` lists consoles "
           "over the network\n";
  }
  return "console:\n  driver: serial\n  port: " + port->stable + "\n  baud: 115200\n";
}

}  // namespace

std::string suggested_board(const HostDevices& devices) {
  const std::string interface = devices.networks.empty() ? "CHANGE" : devices.networks.back();
  return "# Found on this machine by `rigbisect board suggest`. Change what is marked CHANGE and what was "
         "guessed\n"
         "# wrong; then `rigbisect board check FILE` and `rigbisect board probe FILE`.\n#\n" +
         list_of(devices) +
         "\nboard: my-board         # CHANGE: a name\ndescription: CHANGE where it stands\n" +
         power_of(devices) + console_of(devices) + "boot:\n  driver: pxe\n  interface: " + interface +
         "       # CHANGE if the machine is on another network\n  mac: \"CHANGE\"         # of the machine's "
         "network "
         "port\ncommand_line: \"console=ttyS0,115200\"\n";
}

void add_board_suggest(CLI::App& board, Environment& environment, int& exit_code) {
  CLI::App* command = board.add_subcommand(
      "suggest", "Find serial adapters and switches on this machine and print a board file to begin with");
  command->callback([&environment, &exit_code] {
    environment.out << suggested_board(find_host_devices());
    exit_code = to_int(ExitCode::done);
  });
}

}  // namespace rigbisect
