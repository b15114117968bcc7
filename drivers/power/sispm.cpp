#include <array>

#include "base/text.h"
#include "drivers/power/confirmed_switch.h"
#include "drivers/registry.h"
#include "drivers/usb_device.h"

namespace rigbisect {
namespace {

constexpr std::uint16_t kSispmVendor = 0x04b4, kOneOutlet = 0xfd10;

// SET_REPORT (21 09 0300+3i): 3i 03 00 00 00 switches outlet i on, 3i 00 00 00 00 off. GET_REPORT (a1 01
// 0300+3i): byte 1 bit 0 the relay, bit 1 mains there. fd10 has the one outlet 0, all others count from 1.
// Sources: sispmctl src/sispm_ctl.c, pdudaemon energenieusb.py.
class SispmOutlet : public Outlet {
 public:
  SispmOutlet(std::string place, int outlet, Clock& clock)
      : place_(std::move(place)), outlet_(outlet), clock_(clock) {}

  Result<void> command(Power wanted, Deadline deadline, std::stop_token stop) override {
    auto device = open(deadline, stop);
    if (!device) return device.error();
    const std::uint8_t report = report_of(*device);
    const std::array<std::uint8_t, 5> data{report,
                                           static_cast<std::uint8_t>(wanted == Power::on ? 0x03 : 0x00)};
    return device->send({.type = 0x21, .request = 0x09, .value = value_of(report)}, data, deadline);
  }

  Result<Reading> read(Deadline deadline, std::stop_token stop) override {
    auto device = open(deadline, stop);
    if (!device) return device.error();
    const auto state =
        device->receive({.type = 0xa1, .request = 0x01, .value = value_of(report_of(*device))}, 5, deadline);
    if (!state) return state.error();
    return ((*state)[1] & 1U) != 0 ? Reading::on : Reading::off;
  }

  std::string name() const override {
    return "sispm at USB " + printable(place_) + " outlet " + std::to_string(outlet_);
  }

 private:
  Result<UsbDevice> open(Deadline deadline, std::stop_token stop) const {
    const UsbIdentity identity{.place = place_,
                               .vendor = kSispmVendor,
                               .products = {kOneOutlet, 0xfd11, 0xfd12, 0xfd13, 0xfd15},
                               .product_prefix = "",
                               .claim = true};
    return UsbDevice::open(identity, clock_, deadline, stop);
  }

  std::uint8_t report_of(const UsbDevice& device) const {
    return static_cast<std::uint8_t>(device.product() == kOneOutlet ? 0 : 3 * outlet_);
  }
  static std::uint16_t value_of(std::uint8_t report) { return static_cast<std::uint16_t>(0x0300 + report); }

  std::string place_;
  int outlet_;
  Clock& clock_;
};

Result<std::unique_ptr<PowerSwitch>> make_sispm(const DriverOptions& options, const DriverContext& context) {
  return confirmed(std::make_unique<SispmOutlet>(options.text("place"),
                                                 static_cast<int>(options.integer("outlet")), context.clock),
                   context.clock);
}

constexpr const char* kSispmNotes =
    R"(Switchable USB power strips of Gembird (SiS-PM, mSiS-PM, EnerGenie EG-PMS; 04b4:fd10 to fd15).

Wiring: the board's mains plug in one outlet. `place` is where the strip's USB is plugged in, as the kernel counts ports
(`lsusb -t`, or the name below /sys/bus/usb/devices). Switch the strip's own mains switch on: the relay alone reads "on"
without it. Each switching is read back from the relay.

Access without root needs a udev rule: SUBSYSTEM=="usb", ATTR{idVendor}=="04b4", ATTR{idProduct}=="fd1*", MODE="0660",
GROUP="plugdev"

  power:
    driver: sispm
    place: 1-2
    outlet: 3

Source of the protocol: sispmctl src/sispm_ctl.c, pdudaemon energenieusb.py.)";

}  // namespace

DriverRow<PowerSwitch> sispm_driver() {
  return {
      .name = "sispm",
      .summary = "Gembird SiS-PM and EnerGenie USB power strips (04b4:fd10..fd15)",
      .notes = kSispmNotes,
      .options =
          {
              {.name = "place",
               .required = true,
               .help = "bus and ports where it is plugged in, such as 1-2"},
              {.name = "outlet",
               .type = OptionType::integer,
               .default_value = "1",
               .help = "which outlet, counted from 1",
               .min = 1,
               .max = 4},
          },
      .make = make_sispm,
  };
}

}  // namespace rigbisect
