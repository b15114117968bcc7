#include <cerrno>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "drivers/power/confirmed_switch.h"
#include "drivers/registry.h"
#include "os/fd.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

// Linux since 6.0: /sys/bus/usb/devices/HUB:1.0/HUB-portN/disable, 1 off, 0 on
// (Documentation/ABI/testing/sysfs-bus-usb). A USB 3 hub is two devices; `peer` in the directory of a port
// leads to its other half, and VBUS goes off only when both are. A root hub usb1 has the interface 1-0:1.0
// and ports usb1-portN. Source of the knowledge: uhubctl.
class HubPort : public Outlet {
 public:
  HubPort(std::string hub, int port) : hub_(std::move(hub)), port_(port) {}

  Result<void> command(Power wanted, Deadline, std::stop_token stop) override {
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
    const auto halves = find_halves();
    if (!halves) return halves.error();
    for (const fs::path& half : *halves) {
      if (auto done = write(half / "disable", wanted == Power::off ? "1" : "0"); !done) return done;
    }
    return {};
  }

  Result<Reading> read(Deadline, std::stop_token stop) override {
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
    const auto halves = find_halves();
    if (!halves) return halves.error();
    std::size_t off = 0;
    for (const fs::path& half : *halves) {
      const auto state = read_file(half / "disable", 16);
      if (!state) return state.error();
      if (trim(*state) != "0" && trim(*state) != "1") {
        return Error{Errc::protocol, "'disable' says '" + printable(trim(*state)) + "' instead of 0 or 1"};
      }
      if (trim(*state) == "1") ++off;
    }
    if (off == halves->size()) return Reading::off;
    return off == 0 ? Reading::on : Reading::changing;
  }

  std::string name() const override {
    return "usb-hub " + printable(hub_) + " port " + std::to_string(port_);
  }

 private:
  Result<std::vector<fs::path>> find_halves() const {
    const bool root = hub_.starts_with("usb");
    const std::string interface = root ? hub_.substr(3) + "-0:1.0" : hub_ + ":1.0";
    const fs::path hub = fs::path("/sys/bus/usb/devices") / interface;
    const fs::path port = hub / (hub_ + "-port" + std::to_string(port_));
    std::error_code error;
    if (!fs::exists(hub, error)) return Error{Errc::not_found, "there is no such hub: " + hub.native()};
    if (!fs::exists(port, error)) return Error{Errc::not_found, "the hub has no such port"};
    if (!fs::exists(port / "disable", error)) {
      return Error{Errc::not_found,
                   "this kernel cannot switch ports (it needs Linux 6.0), or the hub cannot"};
    }
    std::vector<fs::path> halves{port};
    if (fs::exists(port / "peer" / "disable", error)) halves.push_back(port / "peer");
    return halves;
  }

  static Result<void> write(const fs::path& file, const char* value) {
    const Fd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd.valid() || ::write(fd.get(), value, 1) != 1) {
      const bool refused = errno == EACCES || errno == EPERM;
      const Error error = errno_error(file.native());
      return refused
                 ? Error{Errc::denied, error.what + " (let a udev rule give the file to a group of yours)"}
                 : error;
    }
    return {};
  }

  std::string hub_;
  int port_;
};

Result<std::unique_ptr<PowerSwitch>> make_usb_hub(const DriverOptions& options,
                                                  const DriverContext& context) {
  return confirmed(std::make_unique<HubPort>(options.text("hub"), static_cast<int>(options.integer("port"))),
                   context.clock);
}

constexpr const char* kUsbHubNotes =
    R"(Boards that live on USB power, through a hub that can switch its ports one by one.

Few hubs really cut the supply, though many say that they can: try it with a lamp, and look at uhubctl's list of hubs that
work. `hub` is the hub's name below /sys/bus/usb/devices: 1-1, or usb1 for a root hub; `lsusb -t` helps. The other half of a
USB 3 hub is found and switched, too. Needs Linux 6.0 on this machine. Each switching is read back; the state is what the
hub was told, and not whether VBUS went away.

Access without root needs a udev rule: SUBSYSTEM=="usb", DRIVER=="hub", RUN+="/bin/sh -c 'chgrp -f plugdev
$sys$devpath/*-port*/disable; chmod -f g+w $sys$devpath/*-port*/disable'"

  power:
    driver: usb-hub
    hub: 1-1
    port: 3

Source: Linux Documentation/ABI/testing/sysfs-bus-usb; uhubctl (github.com/mvp/uhubctl).)";

}  // namespace

DriverRow<PowerSwitch> usb_hub_driver() {
  return {
      .name = "usb-hub",
      .summary = "port of a USB hub that can switch its power",
      .notes = kUsbHubNotes,
      .options =
          {
              {.name = "hub",
               .required = true,
               .help = "the hub below /sys/bus/usb/devices, such as 1-1 or usb1"},
              {.name = "port",
               .type = OptionType::integer,
               .required = true,
               .help = "which port, counted from 1",
               .min = 1,
               .max = 31},
          },
      .make = make_usb_hub,
  };
}

}  // namespace rigbisect
