#include <charconv>
#include <memory>

#include <gpiod.h>

#include "base/text.h"
#include "drivers/power/confirmed_switch.h"
#include "drivers/registry.h"
#include "os/fd.h"

namespace rigbisect {
namespace {

struct GpioWiring {
  std::string chip;
  std::string line;
  bool active_low = false;
};

struct ChipCloser {
  void operator()(gpiod_chip* chip) const { gpiod_chip_close(chip); }  // and releases its lines
};

// An output pin through the kernel's GPIO character device (libgpiod 1.6). What a pin does that nobody holds
// is up to the chip, so it is held from the first switching on, and its state is known from then on.
class GpioOutlet : public Outlet {
 public:
  explicit GpioOutlet(GpioWiring wiring) : wiring_(std::move(wiring)) {}

  Result<void> command(Power wanted, Deadline, std::stop_token) override {
    const int value = wanted == Power::on ? 1 : 0;
    if (line_ == nullptr) return take(value);
    if (gpiod_line_set_value(line_, value) == 0) return {};
    const Error reason = errno_error("cannot set the line");
    let_go();
    return reason;
  }

  Result<Reading> read(Deadline, std::stop_token) override {
    if (line_ == nullptr) return Reading::unknown;
    const int value = gpiod_line_get_value(line_);
    if (value >= 0) return value == 1 ? Reading::on : Reading::off;
    const Error reason = errno_error("cannot read the line");
    let_go();
    return reason;
  }

  // Whether there is such a chip and line.
  Result<void> look() {
    auto found = find();
    let_go();
    return found ? Result<void>() : found.error();
  }

  std::string name() const override {
    return "gpio " + printable(wiring_.chip) + " line " + printable(wiring_.line);
  }

 private:
  // Becomes an output with this value at once: nothing else is on the pin in between.
  Result<void> take(int value) {
    const auto line = find();
    if (!line) return line.error();
    const int flags = wiring_.active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;
    if (gpiod_line_request_output_flags(*line, "rigbisect", flags, value) != 0) {
      const Error reason = errno_error("cannot take the line");
      let_go();
      if (reason.code != Errc::busy) return reason;
      return Error{Errc::busy,
                   "the line is in use by another program or a driver of the kernel (gpioinfo shows whose)"};
    }
    line_ = *line;
    return {};
  }

  Result<gpiod_line*> find() {
    chip_.reset(gpiod_chip_open_lookup(wiring_.chip.c_str()));
    if (chip_ == nullptr) return errno_error("there is no such chip, or no permission to use it");
    unsigned offset = 0;
    const char* end = wiring_.line.data() + wiring_.line.size();
    const auto [stop, error] = std::from_chars(wiring_.line.data(), end, offset);
    gpiod_line* line = error == std::errc{} && stop == end
                           ? gpiod_chip_get_line(chip_.get(), offset)
                           : gpiod_chip_find_line(chip_.get(), wiring_.line.c_str());
    if (line != nullptr) return line;
    return Error{Errc::not_found, "the chip has no such line (gpioinfo lists them)"};
  }

  void let_go() {
    line_ = nullptr;
    chip_.reset();
  }

  GpioWiring wiring_;
  std::unique_ptr<gpiod_chip, ChipCloser> chip_;
  gpiod_line* line_ = nullptr;  // of chip_, while it is ours
};

Result<std::unique_ptr<PowerSwitch>> make_gpio(const DriverOptions& options, const DriverContext& context) {
  auto outlet = std::make_unique<GpioOutlet>(GpioWiring{.chip = options.text("chip"),
                                                        .line = options.text("line"),
                                                        .active_low = options.boolean("active_low")});
  if (auto there = outlet->look(); !there) return there.error().within(outlet->name());
  return confirmed(std::move(outlet), context.clock);
}

constexpr const char* kGpioNotes =
    R"(A relay or transistor on a GPIO pin of this machine: a single-board computer as controller, or a USB GPIO chip that the
kernel knows (CP2112, MCP2221, FT232H).

Wiring: the pin drives the relay board's input, and the board's DC supply goes over the relay. Mind the level (3.3 V) and
the current (a few mA) of the pin: a relay needs a driver stage. Relay boards with optocouplers are on when the input is
low: `active_low: true`.

`chip` is its name, label or number as gpiodetect shows it, `line` its name or offset as gpioinfo shows it. The pin
is held while rigbisect runs. Most chips keep its level afterwards, but none promises to. The state is what the pin
drives, known from the first switching on; not what the relay does.

  power:
    driver: gpio
    chip: gpiochip0
    line: "17"
    active_low: true

Source: Linux GPIO character device; libgpiod 1.6.)";

}  // namespace

DriverRow<PowerSwitch> gpio_driver() {
  return {
      .name = "gpio",
      .summary = "relay on a GPIO pin of this machine",
      .notes = kGpioNotes,
      .options =
          {
              {.name = "chip", .required = true, .help = "gpiochip0, a chip's label, or /dev/gpiochip0"},
              {.name = "line", .required = true, .help = "the line's name, or its offset in the chip"},
              {.name = "active_low",
               .type = OptionType::boolean,
               .default_value = "false",
               .help = "the board is on while the pin is low"},
          },
      .make = make_gpio,
  };
}

}  // namespace rigbisect
