#include "cli/host_devices.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <system_error>

#include <net/if.h>

#include "base/text.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr auto kKnown = std::to_array<KnownUsb>({
    {"16c0", "05df", "hid-relay", "USB HID relay board"},
    {"04b4", "fd10", "sispm", "SiS-PM outlet strip"},
    {"04b4", "fd11", "sispm", "SiS-PM outlet strip"},
    {"04b4", "fd12", "sispm", "SiS-PM outlet strip"},
    {"04b4", "fd13", "sispm", "SiS-PM outlet strip"},
    {"04b4", "fd15", "sispm", "SiS-PM outlet strip"},
    {"0424", "4041", "usb-sd-mux", "USB-SD-Mux"},
    {"1a86", "7523", "serial", "CH340 serial adapter or LCUS relay board"},
    {"1a86", "55d4", "serial", "CH9102 serial adapter"},
    {"0403", "6001", "serial", "FTDI serial adapter"},
    {"0403", "6010", "serial", "FTDI serial adapter, two ports"},
    {"0403", "6011", "serial", "FTDI serial adapter, four ports"},
    {"0403", "6014", "serial", "FTDI serial adapter"},
    {"0403", "6015", "serial", "FTDI serial adapter"},
    {"10c4", "ea60", "serial", "CP210x serial adapter"},
    {"10c4", "ea70", "serial", "CP2105 serial adapter, two ports"},
    {"067b", "2303", "serial", "PL2303 serial adapter"},
    {"067b", "23a3", "serial", "PL2303 serial adapter"},
});

// The content of a small file of sysfs, "" if there is none.
std::string attribute(const fs::path& file) {
  const auto text = read_file(file, 4096);
  return text ? printable(trim(*text)) : "";
}

std::vector<fs::path> entries(const fs::path& directory) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator i(directory, error), end; !error && i != end; i.increment(error))
    paths.push_back(i->path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

UsbInfo usb_info(const fs::path& device) {
  return {attribute(device / "idVendor"), attribute(device / "idProduct"), attribute(device / "serial"),
          attribute(device / "product"), device.filename().native()};
}

// The USB device above a device of another subsystem: the first with an idVendor on the way up.
UsbInfo usb_above(const fs::path& device, const fs::path& root) {
  std::error_code error;
  fs::path path = fs::canonical(device, error);
  while (!error && path.has_relative_path() && path != root) {
    if (fs::exists(path / "idVendor", error)) return usb_info(path);
    path = path.parent_path();
  }
  return {};
}

// tty name -> link below /dev/serial/DIRECTORY.
std::map<std::string, std::string> serial_links(const fs::path& root, const std::string& directory) {
  std::map<std::string, std::string> links;
  for (const fs::path& link : entries(root / "dev/serial" / directory)) {
    std::error_code error;
    const fs::path target = fs::read_symlink(link, error);
    if (!error)
      links.emplace(target.filename().native(), "/dev/serial/" + directory + "/" + link.filename().native());
  }
  return links;
}

bool is_serial_port(const fs::path& tty) {
  std::error_code error;
  if (!fs::exists(tty / "device", error)) return false;
  return attribute(tty / "type") != "0";  // a place for a port of the mainboard without one
}

std::vector<HostSerialPort> serial_ports(const fs::path& root) {
  const auto by_id = serial_links(root, "by-id");
  const auto by_path = serial_links(root, "by-path");
  std::vector<HostSerialPort> ports;
  for (const fs::path& tty : entries(root / "sys/class/tty")) {
    if (!is_serial_port(tty)) continue;
    const std::string name = tty.filename().native();
    HostSerialPort port{"/dev/" + name, "/dev/" + name, usb_above(tty / "device", root)};
    // Without a serial number two adapters of a kind have the same link by id.
    const auto& best = port.usb.serial.empty() && by_path.contains(name) ? by_path : by_id;
    if (const auto link = best.find(name); link != best.end()) port.stable = link->second;
    ports.push_back(std::move(port));
  }
  return ports;
}

std::vector<UsbInfo> switches(const fs::path& root) {
  std::vector<UsbInfo> found;
  for (const fs::path& device : entries(root / "sys/bus/usb/devices")) {
    const UsbInfo info = usb_info(device);
    const bool known = std::any_of(kKnown.begin(), kKnown.end(), [&](const KnownUsb& each) {
      return each.vendor == info.vendor && each.product == info.product && each.driver != "serial";
    });
    if (known) found.push_back(info);
  }
  return found;
}

std::vector<std::string> networks_of_kernel() {
  std::vector<std::string> names;
  const std::unique_ptr<struct if_nameindex, decltype(&::if_freenameindex)> list(::if_nameindex(),
                                                                                 &::if_freenameindex);
  for (const struct if_nameindex* entry = list.get(); entry != nullptr && entry->if_index != 0; ++entry) {
    const std::string name = printable(entry->if_name);
    if (name != "lo") names.push_back(name);
  }
  return names;
}

std::vector<std::string> networks(const fs::path& root) {
  std::vector<std::string> names;
  for (const fs::path& network : entries(root / "sys/class/net")) {
    std::error_code error;
    const bool ethernet = attribute(network / "type") == "1" && !fs::exists(network / "wireless", error);
    const bool real = fs::exists(network / "device", error) || fs::exists(network / "bridge", error);
    if (ethernet && real) names.push_back(printable(network.filename().native()));
  }
  // In a container sysfs may show none of them.
  return names.empty() && root == "/" ? networks_of_kernel() : names;
}

}  // namespace

std::span<const KnownUsb> known_usb() {
  return kKnown;
}

HostDevices find_host_devices(const fs::path& root) {
  return {serial_ports(root), switches(root), networks(root)};
}

std::string udev_rule_for_tty(const fs::path& device, const fs::path& root) {
  std::error_code error;
  const fs::path target = fs::weakly_canonical(device, error);
  const UsbInfo usb = usb_above(root / "sys/class/tty" / target.filename() / "device", root);
  if (usb.vendor.empty()) return "";
  std::string rule = "SUBSYSTEM==\"tty\", ATTRS{idVendor}==\"" + usb.vendor + "\", ATTRS{idProduct}==\"" +
                     usb.product + "\", ";
  if (!usb.serial.empty() && usb.serial.find_first_of("\"\\*?[") == std::string::npos) {
    rule += "ATTRS{serial}==\"" + usb.serial + "\", ";
  }
  return rule + "GROUP=\"dialout\", MODE=\"0660\"";
}

std::optional<UsbNode> usb_node_at(const std::string& place, const fs::path& root) {
  if (place.find('/') != std::string::npos) return std::nullopt;
  const fs::path device = root / "sys/bus/usb/devices" / place;
  const UsbInfo usb = usb_info(device);
  if (usb.vendor.empty()) return std::nullopt;
  const auto three_digits = [&](const char* name) {
    const std::string number = attribute(device / name);
    return std::string(number.size() < 3 ? 3 - number.size() : 0, '0') + number;
  };
  return UsbNode{fs::path("/dev/bus/usb") / three_digits("busnum") / three_digits("devnum"),
                 "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"" + usb.vendor + "\", ATTR{idProduct}==\"" +
                     usb.product + "\", GROUP=\"dialout\", MODE=\"0660\""};
}

}  // namespace rigbisect
