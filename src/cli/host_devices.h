#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What is plugged into this host that a lab uses, as sysfs and udev's links tell it. Opens no device.
namespace rigbisect {

// A USB device that a driver of ours can use. firmware-host/udev has a rule for each.
struct KnownUsb {
  std::string_view vendor, product;  // four hexadecimal digits, as in sysfs
  std::string_view driver;           // of ours
  std::string_view what;
};
std::span<const KnownUsb> known_usb();

struct UsbInfo {
  std::string vendor, product;  // "" for what is not on USB
  std::string serial, name;     // as the device says; any text
  std::string place;            // bus and ports: "1-1.4"
};

struct HostSerialPort {
  std::string device;  // "/dev/ttyUSB0"
  std::string stable;  // the link that names this adapter for good: by its serial number, else by its place
  UsbInfo usb;
};

struct HostDevices {
  std::vector<HostSerialPort> serial_ports;
  std::vector<UsbInfo> switches;      // USB devices of known_usb() that are no serial ports
  std::vector<std::string> networks;  // wired interfaces of this host with a device behind them
};

// Blocks for file-system look-ups only. `root` is "/" but for tests. What cannot be read is left out.
HostDevices find_host_devices(const std::filesystem::path& root = "/");

// The rule that gives one tty to a group, by what its adapter says of itself; "" for what is not on USB.
std::string udev_rule_for_tty(const std::filesystem::path& device, const std::filesystem::path& root = "/");

// The USB device at this place ("1-1.4"): its node and the rule that gives it to a group; nullopt if nothing
// is plugged in there.
struct UsbNode {
  std::filesystem::path device;  // "/dev/bus/usb/001/007"
  std::string udev_rule;
};
std::optional<UsbNode> usb_node_at(const std::string& place, const std::filesystem::path& root = "/");

}  // namespace rigbisect
