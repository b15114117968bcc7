#include <optional>

#include "base/text.h"
#include "drivers/power/confirmed_switch.h"
#include "drivers/registry.h"
#include "drivers/serial_port.h"

namespace rigbisect {
namespace {

struct LineWiring {
  std::string port;
  bool rts = false;       // else DTR
  bool inverted = false;  // on is "not asserted"
};

// An output of a serial adapter (tty_ioctl(2): TIOCM_DTR, TIOCM_RTS). The kernel asserts both when a tty is
// opened and lets them go when it is closed, so the port stays open for as long as this object.
class SerialLineOutlet : public Outlet {
 public:
  SerialLineOutlet(LineWiring wiring, Clock& clock) : wiring_(std::move(wiring)), clock_(clock) {}

  Result<void> command(Power wanted, Deadline deadline, std::stop_token stop) override {
    if (auto open = ensure_open(deadline, std::move(stop)); !open) return open;
    auto done = drive(wanted);
    if (!done) port_.reset();  // an adapter that was unplugged: opened anew for the next attempt
    return done;
  }

  // What the adapter is driving, or nothing while the port is not ours: a guess would be wrong.
  Result<Reading> read(Deadline deadline, std::stop_token stop) override {
    if (auto open = ensure_open(deadline, std::move(stop)); !open) return open.error();
    const auto asserted = wiring_.rts ? port_->rts() : port_->dtr();
    if (!asserted) port_.reset();
    if (!asserted) return asserted.error();
    return *asserted != wiring_.inverted ? Reading::on : Reading::off;
  }

  // Opens the port, and switches off at once: opening may have switched on.
  Result<void> ensure_open(Deadline deadline, std::stop_token stop) {
    if (port_) return {};
    auto port = SerialPort::open_waiting(wiring_.port, LineSettings{}, clock_, deadline, std::move(stop));
    if (!port) return port.error();
    port_ = std::move(*port);
    return drive(Power::off);
  }

  std::string name() const override {
    return "serial-line " + printable(wiring_.port) + (wiring_.rts ? " RTS" : " DTR");
  }

 private:
  Result<void> drive(Power wanted) {
    const bool asserted = (wanted == Power::on) != wiring_.inverted;
    return wiring_.rts ? port_->set_rts(asserted) : port_->set_dtr(asserted);
  }

  LineWiring wiring_;
  Clock& clock_;
  std::optional<SerialPort> port_;
};

Result<std::unique_ptr<PowerSwitch>> make_serial_line(const DriverOptions& options,
                                                      const DriverContext& context) {
  LineWiring wiring{.port = options.text("port"),
                    .rts = options.text("line") == "rts",
                    .inverted = options.boolean("inverted")};
  auto outlet = std::make_unique<SerialLineOutlet>(std::move(wiring), context.clock);
  const Deadline patience = context.clock.now() + std::chrono::seconds(2);
  if (auto open = outlet->ensure_open(patience, {}); !open) return open.error().within(outlet->name());
  return confirmed(std::move(outlet), context.clock);
}

constexpr const char* kSerialLineNotes =
    R"(A relay or transistor on the DTR or RTS output of a serial adapter: the cheapest switch there is.

Wiring: the output drives the relay board's input, and the board's DC supply goes over the relay. An output of an FTDI or
CH340 module has 3.3 V or 5 V (low when asserted, at TTL level), that of a DB9 -5 to -15 V and +5 to +15 V (high when
asserted); neither drives a relay without an amplifier.

Linux asserts DTR and RTS when a tty is opened, and lets them go when it is closed. So the port must be this driver's
alone, never that of the console; it is held open while rigbisect runs; opening it switches the board off (after a moment
of on, unless `inverted: true`, which is the better wiring); and the board goes off, or with `inverted` on, when
rigbisect ends. `board power on` therefore lasts only as long as the command: it proves the wire, no more.

The state is what the adapter says it drives, not what the relay does.

  power:
    driver: serial-line
    port: /dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A900RELAY-if00-port0
    line: rts
    inverted: true

Source: Linux tty_ioctl(2), TIOCMGET and TIOCMBIS; libserialport 0.1.1.)";

}  // namespace

DriverRow<PowerSwitch> serial_line_driver() {
  return {
      .name = "serial-line",
      .summary = "relay on the DTR or RTS output of a serial adapter",
      .notes = kSerialLineNotes,
      .options =
          {
              {.name = "port",
               .type = OptionType::path,
               .required = true,
               .help = "the adapter's tty, best by its link below /dev/serial/by-id"},
              {.name = "line", .required = true, .help = "which output", .choices = {"dtr", "rts"}},
              {.name = "inverted",
               .type = OptionType::boolean,
               .default_value = "false",
               .help = "the board is on while the output is not asserted"},
          },
      .make = make_serial_line,
  };
}

}  // namespace rigbisect
