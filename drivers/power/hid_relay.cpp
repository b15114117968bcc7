#include <array>

#include "base/text.h"
#include "drivers/power/confirmed_switch.h"
#include "drivers/registry.h"
#include "drivers/usb_device.h"

namespace rigbisect {
namespace {

constexpr std::uint16_t kRelayVendor = 0x16c0, kProduct = 0x05df;  // shared by all hobby projects with V-USB
constexpr std::uint16_t kFeatureReport = 0x0300;
constexpr std::size_t kReportSize = 8;

// dcttech USBRelayN. SET_REPORT (20 09 0300): FF n switches relay n on, FD n off. GET_REPORT (a0 01 0300):
// bytes 0-4 the board's serial, byte 7 a bit for each relay. Sources: labgrid util/agents/usb_hid_relay.py,
// pdudaemon vusbhid.py, usbrelay libusbrelay.c.
class HidRelay : public Outlet {
 public:
  HidRelay(std::string place, std::string serial, int channel, Clock& clock)
      : place_(std::move(place)), serial_(std::move(serial)), channel_(channel), clock_(clock) {}

  Result<void> command(Power wanted, Deadline deadline, std::stop_token stop) override {
    auto device = open(deadline, stop);
    if (!device) return device.error();
    if (auto report = read_report(*device, deadline); !report) return report.error();  // the right board?
    const std::array<std::uint8_t, kReportSize> data{
        static_cast<std::uint8_t>(wanted == Power::on ? 0xff : 0xfd), static_cast<std::uint8_t>(channel_)};
    return device->send({.type = 0x20, .request = 0x09, .value = kFeatureReport}, data, deadline);
  }

  Result<Reading> read(Deadline deadline, std::stop_token stop) override {
    auto device = open(deadline, stop);
    if (!device) return device.error();
    const auto report = read_report(*device, deadline);
    if (!report) return report.error();
    return ((*report)[7] >> (channel_ - 1) & 1) != 0 ? Reading::on : Reading::off;
  }

  std::string name() const override {
    return "hid-relay at USB " + printable(place_) + " channel " + std::to_string(channel_);
  }

 private:
  Result<UsbDevice> open(Deadline deadline, std::stop_token stop) const {
    const UsbIdentity identity{
        .place = place_, .vendor = kRelayVendor, .products = {kProduct}, .product_prefix = "USBRelay"};
    return UsbDevice::open(identity, clock_, deadline, stop);
  }

  Result<std::vector<std::uint8_t>> read_report(UsbDevice& device, Deadline deadline) const {
    auto report =
        device.receive({.type = 0xa0, .request = 0x01, .value = kFeatureReport}, kReportSize, deadline);
    if (!report || serial_.empty()) return report;
    const std::string serial(report->begin(), report->begin() + 5);
    if (serial == serial_) return report;
    return Error{Errc::invalid, "the board there has the serial '" + printable(serial) + "', not '" +
                                    printable(serial_) + "': were boards swapped?"};
  }

  std::string place_;
  std::string serial_;
  int channel_;
  Clock& clock_;
};

Result<std::unique_ptr<PowerSwitch>> make_hid_relay(const DriverOptions& options,
                                                    const DriverContext& context) {
  return confirmed(
      std::make_unique<HidRelay>(options.text("place"), options.has("serial") ? options.text("serial") : "",
                                 static_cast<int>(options.integer("channel")), context.clock),
      context.clock);
}

constexpr const char* kHidRelayNotes =
    R"(USB relay boards sold as "HID relay", "dcttech" or USBRelay1 to USBRelay8 (16c0:05df), without a driver of the kernel.

Wiring: put the board's DC supply over COM and NO. Mind the rating printed on the relay.

`place` is where it is plugged in, as the kernel counts ports (`lsusb -t`, or the name below /sys/bus/usb/devices): the
boards' serial numbers are often equal. `serial`, if given, must match as well. The USB number is shared with other hobby
devices, so the product string is checked. Each switching is read back; the state shows what the relay was told.

Access without root needs a udev rule: SUBSYSTEM=="usb", ATTR{idVendor}=="16c0", ATTR{idProduct}=="05df", MODE="0660",
GROUP="plugdev"

  power:
    driver: hid-relay
    place: 1-1.4
    channel: 2

Source of the protocol: labgrid usb_hid_relay.py, pdudaemon vusbhid.py, usbrelay libusbrelay.c.)";

}  // namespace

DriverRow<PowerSwitch> hid_relay_driver() {
  return {
      .name = "hid-relay",
      .summary = "USB HID relay boards (USBRelay1..8, 16c0:05df)",
      .notes = kHidRelayNotes,
      .options =
          {
              {.name = "place",
               .required = true,
               .help = "bus and ports where it is plugged in, such as 1-1.4"},
              {.name = "serial", .help = "the board's own serial, five characters, to be sure"},
              {.name = "channel",
               .type = OptionType::integer,
               .default_value = "1",
               .help = "which relay, counted from 1",
               .min = 1,
               .max = 8},
          },
      .make = make_hid_relay,
  };
}

}  // namespace rigbisect
