#include <algorithm>
#include <cstdint>

#include "drivers/console/console_options.h"
#include "drivers/console/reopening_console.h"
#include "drivers/registry.h"
#include "drivers/serial_port.h"

namespace rigbisect {
namespace {

// Linux keeps 4096 bytes of a tty that nobody reads (N_TTY_BUF_SIZE), then adapters overrun.
Duration time_to_fill_half(int baud) {
  constexpr std::int64_t kBits = 2048 * 10;
  return std::chrono::microseconds(kBits * 1'000'000 / baud);
}

class AdapterLine : public ConsoleLine {
 public:
  AdapterLine(SerialPort port, int baud, Clock& clock)
      : port_(std::move(port)),
        buffered_(std::min(time_to_fill_half(baud), SerialConsole::kBuffered)),
        clock_(clock),
        at_first_(port_.line_errors()) {}

  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) override {
    return port_.read(into, deadline, stop);
  }
  Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) override {
    return port_.write(bytes, deadline, stop);
  }
  std::string describe() const override { return port_.describe(); }
  Duration buffered() const override { return buffered_; }

  // An adapter that is gone says nothing any more: then what it said last.
  std::optional<LineErrors> line_errors() override {
    const auto now = port_.line_errors();
    const std::lock_guard lock(mutex_);
    if (now && at_first_) last_ = *now - *at_first_;
    return last_;
  }

  std::optional<bool> lines_driven() override {
    const auto driven = port_.inputs();
    return driven ? std::optional(*driven) : std::nullopt;
  }

  Result<void> send_break(Deadline, std::stop_token stop) override {
    return hold_break(
        clock_, [this](bool on) { return port_.set_break(on); }, std::move(stop));
  }

 private:
  SerialPort port_;
  const Duration buffered_;
  Clock& clock_;
  std::optional<LineErrors> at_first_;
  std::mutex mutex_;
  std::optional<LineErrors> last_ = at_first_ ? std::optional(LineErrors{}) : std::nullopt;  // by mutex_
};

LineSettings line_settings(const DriverOptions& options) {
  LineSettings settings;
  settings.baud = static_cast<int>(options.integer("baud"));
  settings.framing = options.text("framing");
  settings.exclusive = options.boolean("lock");
  const std::string& flow = options.text("flow");
  if (flow == "rtscts") settings.flow = FlowControl::rts_cts;
  if (flow == "xonxoff") settings.flow = FlowControl::xon_xoff;
  return settings;
}

Result<std::unique_ptr<SerialConsole>> make_serial(const DriverOptions& options,
                                                   const DriverContext& context) {
  const auto open = [path = options.text("port"), settings = line_settings(options), &clock = context.clock](
                        Deadline, const std::stop_token&) -> Result<std::shared_ptr<ConsoleLine>> {
    auto port = SerialPort::open(path, settings);
    if (!port) return port.error();
    return std::shared_ptr<ConsoleLine>(
        std::make_shared<AdapterLine>(std::move(*port), settings.baud, clock));
  };
  return ReopeningConsole::make(open, context.clock);
}

constexpr const char* kSerialNotes =
    R"(Wiring: a UART of the board to a USB serial adapter (or a serial port) of this machine, TX to RX, RX to TX,
ground to ground. Mind the levels: pin headers carry 3.3 V or 1.8 V and are destroyed by the +-12 V of a DB9; a DB9
needs a null-modem cable. Most boards need no flow control and have no wires for it.

Name the port by its stable link below /dev/serial/by-id (by-path for adapters without a serial number): ttyUSB numbers
change at each plugging. The kernel of the board must be told to use the same UART and speed: console=ttyS0,115200.

The port is taken for us alone (flock and TIOCEXCL), so that nobody else eats bytes of the log; `lock: false` only
where another program has to listen too. When the adapter goes away and comes back, even under another ttyUSB number,
it is opened again; the gap is noted in the console log.

Overruns, framing and parity errors and breaks that the kernel's driver counts (TIOCGICOUNT; 8250, FTDI and a few others
do) are told with the run: framing errors mean a wrong speed or a bad ground. `board console` sends a
break with Ctrl-\.

  console:
    driver: serial
    port: /dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A900RIG1-if00-port0
    baud: 115200

Source: libserialport 0.1.1; Linux tty_ioctl(2).)";

}  // namespace

DriverRow<SerialConsole> serial_driver() {
  return {
      .name = "serial",
      .summary = "UART on a serial adapter of this machine",
      .notes = kSerialNotes,
      .options = joined(
          {
              {.name = "port",
               .type = OptionType::path,
               .required = true,
               .help = "the tty, best by its link below /dev/serial/by-id"},
              {.name = "lock",
               .type = OptionType::boolean,
               .default_value = "true",
               .help = "take the port for rigbisect alone"},
          },
          uart_options()),
      .make = make_serial,
  };
}

}  // namespace rigbisect
