#include <filesystem>

#include <doctest/doctest.h>

#include "base/text.h"
#include "cli/board_suggest.h"
#include "cli/host_devices.h"
#include "os/file.h"
#include "tests/fakes/scratch_directory.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

// A sysfs and /dev with links as Linux and udev make them.
class Host {
 public:
  const fs::path& root() const { return directory_.path(); }

  void usb(const std::string& place, const std::string& vendor, const std::string& product,
           const std::string& serial, const std::string& name) {
    const fs::path device = root() / "sys/devices/pci0/usb1" / place;
    put(device / "idVendor", vendor);
    put(device / "idProduct", product);
    if (!serial.empty()) put(device / "serial", serial);
    put(device / "product", name);
    link(root() / "sys/bus/usb/devices" / place, device);
  }
  void tty(const std::string& name, const std::string& place, const std::string& by_id,
           const std::string& by_path) {
    const fs::path port = root() / "sys/devices/pci0/usb1" / place / (place + ":1.0") / name;
    fs::create_directories(port);
    link(root() / "sys/class/tty" / name / "device", port);
    link(root() / "dev/serial/by-id" / by_id, "../../" + name);
    link(root() / "dev/serial/by-path" / by_path, "../../" + name);
  }
  void mainboard_port(const std::string& name, const std::string& type) {
    const fs::path device = root() / "sys/devices/platform/serial8250";
    fs::create_directories(device);
    link(root() / "sys/class/tty" / name / "device", device);
    put(root() / "sys/class/tty" / name / "type", type);
  }
  void network(const std::string& name, bool real) {
    put(root() / "sys/class/net" / name / "type", "1");
    if (real) fs::create_directories(root() / "sys/class/net" / name / "device");
  }

 private:
  static void put(const fs::path& file, const std::string& text) {
    REQUIRE(write_file_atomically(file, text + "\n"));
  }
  static void link(const fs::path& at, const fs::path& to) {
    fs::create_directories(at.parent_path());
    fs::create_symlink(to, at);
  }
  ScratchDirectory directory_;
};

struct Lab : Host {
  Lab() {
    usb("1-1", "1a86", "7523", "", "USB Serial");
    tty("ttyUSB0", "1-1", "usb-1a86_USB_Serial-if00-port0", "pci-0-usb-0:1:1.0-port0");
    usb("1-2", "0403", "6001", "A10LQ7XY", "FT232R USB UART");
    tty("ttyUSB1", "1-2", "usb-FTDI_FT232R_USB_UART_A10LQ7XY-if00-port0", "pci-0-usb-0:2:1.0-port0");
    mainboard_port("ttyS0", "4");
    mainboard_port("ttyS1", "0");
    network("lo0", false);
    network("enp2s0", true);
  }
};

TEST_CASE("adapters are named by what does not change: their serial number, else their place") {
  const Lab host;
  const HostDevices found = find_host_devices(host.root());
  REQUIRE(found.serial_ports.size() == 3);  // ttyS1 is a place without a port
  CHECK(found.serial_ports[0].device == "/dev/ttyS0");
  CHECK(found.serial_ports[0].stable == "/dev/ttyS0");
  CHECK(found.serial_ports[1].stable == "/dev/serial/by-path/pci-0-usb-0:1:1.0-port0");
  CHECK(found.serial_ports[2].stable == "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A10LQ7XY-if00-port0");
  CHECK(found.serial_ports[2].usb.place == "1-2");
  CHECK(found.networks == std::vector<std::string>{"enp2s0"});
}

TEST_CASE("the suggested board has what is plugged in, and says what is to be changed") {
  Lab host;
  SUBCASE("a CH340 may be a relay board") {
    const std::string text = suggested_board(find_host_devices(host.root()));
    CHECK(text.find("  driver: lcus ") != std::string::npos);
    CHECK(text.find("  port: /dev/serial/by-path/pci-0-usb-0:1:1.0-port0\n  channel: 1 ") !=
          std::string::npos);
    CHECK(text.find(
              "  driver: serial\n  port: /dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A10LQ7XY-if00-port0\n") !=
          std::string::npos);
    CHECK(text.find("  interface: enp2s0 ") != std::string::npos);
    CHECK(text.find("mac: \"CHANGE\"") != std::string::npos);
  }
  SUBCASE("a HID relay is one") {
    host.usb("1-1.4", "16c0", "05df", "", "USBRelay2");
    const std::string text = suggested_board(find_host_devices(host.root()));
    CHECK(text.find("power:\n  driver: hid-relay\n  place: 1-1.4\n") != std::string::npos);
    CHECK(text.find("#   USBRelay2 (16c0:05df, at 1-1.4): USB HID relay board, driver hid-relay\n") !=
          std::string::npos);
  }
}

TEST_CASE("what a device calls itself does not leave its comment") {
  Lab host;
  host.usb("1-3", "16c0", "05df", "", "USBRelay\x1b[2J");
  const std::string text = suggested_board(find_host_devices(host.root()));
  CHECK(printable(text, true) == text);
}

TEST_CASE("a machine without anything still gets a file to begin with") {
  const Host host;
  const std::string text = suggested_board(find_host_devices(host.root()));
  CHECK(text.find("# Serial ports:\n#   none\n") != std::string::npos);
  CHECK(text.find("power:\n  driver: CHANGE ") != std::string::npos);
}

TEST_CASE("the udev rule for a tty names its adapter") {
  const Lab host;
  CHECK(udev_rule_for_tty(host.root() / "dev/ttyUSB1", host.root()) ==
        "SUBSYSTEM==\"tty\", ATTRS{idVendor}==\"0403\", ATTRS{idProduct}==\"6001\", "
        "ATTRS{serial}==\"A10LQ7XY\", "
        "GROUP=\"dialout\", MODE=\"0660\"");
  CHECK(udev_rule_for_tty(host.root() / "dev/ttyS0", host.root()).empty());
}

TEST_CASE("a USB device is found by its place, with the rule that opens it") {
  const Lab host;
  const auto node = usb_node_at("1-2", host.root());
  REQUIRE(node);
  CHECK(node->udev_rule ==
        "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0403\", ATTR{idProduct}==\"6001\", GROUP=\"dialout\", "
        "MODE=\"0660\"");
  CHECK(node->device.native().starts_with("/dev/bus/usb/"));
  CHECK_FALSE(usb_node_at("1-9", host.root()));
  CHECK_FALSE(usb_node_at("../../x", host.root()));
}

TEST_CASE("every device that is known has a udev rule, and every rule is of a known device") {
  const auto rules = read_file(fs::path(RIGBISECT_SOURCE_DIR) / "firmware-host/udev/70-rigbisect.rules");
  REQUIRE(rules);
  for (const KnownUsb& usb : known_usb()) {
    const std::string vendor = "{idVendor}==\"" + std::string(usb.vendor) + "\"";
    const std::string product = "{idProduct}==\"" + std::string(usb.product) + "\"";
    bool found = false;
    for (const std::string_view line : split(*rules, '\n')) {
      found = found ||
              (line.find(vendor) != std::string_view::npos && line.find(product) != std::string_view::npos &&
               line.find("GROUP=") != std::string_view::npos);
    }
    CHECK_MESSAGE(found, usb.what);
  }
  for (const std::string_view line : split(*rules, '\n')) {
    if (line.empty() || line.front() == '#') continue;
    bool known = false;
    for (const KnownUsb& usb : known_usb()) {
      known = known || (line.find(usb.vendor) != std::string_view::npos &&
                        line.find(usb.product) != std::string_view::npos);
    }
    CHECK_MESSAGE(known, std::string(line));
  }
}

}  // namespace
}  // namespace rigbisect
