#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include <modbus/modbus.h>
#include <sys/file.h>
#include <sys/socket.h>

#include "base/text.h"
#include "drivers/power/confirmed_switch.h"
#include "drivers/registry.h"
#include "os/fd.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLongestWait = 1s;  // for one answer; also how late a stop may be noticed while connecting
constexpr Duration kLockRetry = 20ms;

struct ModbusWiring {
  std::string host;  // TCP; empty: the serial line
  std::string port;
  std::string line;
  int baud = 9600;
  std::string framing = "8N1";
  int unit = 1;
  int coil = 0;
  int coils = 0;  // read so many from 0 on; 0: only ours
  bool multiple = false;
};

struct ContextCloser {
  void operator()(modbus_t* context) const {
    modbus_close(context);
    modbus_free(context);
  }
};
using Context = std::unique_ptr<modbus_t, ContextCloser>;

Error modbus_error(const std::string& what) {
  const int number = errno;
  const std::string why = what + ": " + modbus_strerror(number);
  if (number == EMBXILADD) return Error{Errc::not_found, why + " (has the device this coil and this unit?)"};
  if (number >= MODBUS_ENOBASE) return Error{Errc::protocol, why};
  if (number == EINPROGRESS) return Error{Errc::timeout, what + ": no answer"};
  errno = number;
  return errno_error(what);
}

// Modbus Application Protocol 1.1b3: 05 write single coil (FF00 on, 0000 off; echoed), 0F write multiple
// coils (for boards that refuse 05), 01 read coils. On the wire over TCP: 00 01 00 00 00 06 01 05 00 02 ff
// 00, echoed.
class ModbusCoil : public Outlet {
 public:
  ModbusCoil(ModbusWiring wiring, Clock& clock) : wiring_(std::move(wiring)), clock_(clock) {}

  Result<void> command(Power wanted, Deadline deadline, std::stop_token stop) override {
    const std::uint8_t value = wanted == Power::on ? 1 : 0;
    return talk(deadline, stop, [&](modbus_t* context) {
      return wiring_.multiple ? modbus_write_bits(context, wiring_.coil, 1, &value)
                              : modbus_write_bit(context, wiring_.coil, value);
    });
  }

  Result<Reading> read(Deadline deadline, std::stop_token stop) override {
    std::array<std::uint8_t, MODBUS_MAX_READ_BITS> bits{};
    const int first = wiring_.coils == 0 ? wiring_.coil : 0;
    const int count = std::max(wiring_.coils, 1);
    auto done = talk(deadline, stop,
                     [&](modbus_t* context) { return modbus_read_bits(context, first, count, bits.data()); });
    if (!done) return done.error();
    return bits.at(static_cast<std::size_t>(wiring_.coil - first)) != 0 ? Reading::on : Reading::off;
  }

  std::string name() const override {
    const std::string where = wiring_.host.empty() ? wiring_.line : wiring_.host + ":" + wiring_.port;
    return "modbus " + printable(where) + " unit " + std::to_string(wiring_.unit) + " coil " +
           std::to_string(wiring_.coil);
  }

 private:
  Context make() const {
    if (!wiring_.host.empty()) return Context(modbus_new_tcp_pi(wiring_.host.c_str(), wiring_.port.c_str()));
    return Context(modbus_new_rtu(wiring_.line.c_str(), wiring_.baud, wiring_.framing[1],
                                  wiring_.framing[0] - '0', wiring_.framing[2] - '0'));
  }

  // Connects, runs one exchange, closes: many devices take one connection at a time.
  template <typename Exchange>
  Result<void> talk(Deadline deadline, std::stop_token stop, const Exchange& exchange) const {
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
    const Context context = make();
    if (context == nullptr) return modbus_error("cannot use libmodbus");
    const auto left = std::clamp<Duration>(deadline - clock_.now(), 1ms, kLongestWait);
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(left).count();
    modbus_set_response_timeout(context.get(), static_cast<std::uint32_t>(micros / 1'000'000),
                                static_cast<std::uint32_t>(micros % 1'000'000));
    if (modbus_set_slave(context.get(), wiring_.unit) != 0) return modbus_error("cannot use this unit");
    if (modbus_connect(context.get()) != 0) return modbus_error("cannot connect");
    const int fd = modbus_get_socket(context.get());
    if (wiring_.host.empty()) {
      if (auto mine = lock(fd, deadline, stop); !mine) return mine;
    }
    const std::stop_callback cancel(stop, [fd] { ::shutdown(fd, SHUT_RDWR); });
    const int done = exchange(context.get());
    const int number = errno;
    if (done >= 0) return {};
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopped while waiting for the answer"};
    errno = number;
    return modbus_error("the device does not do it");
  }

  // The serial line for us alone; other boards and processes of ours wait for their turn.
  Result<void> lock(int fd, Deadline deadline, const std::stop_token& stop) const {
    while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return errno_error("cannot lock the line");
      if (clock_.now() >= deadline) return Error{Errc::busy, "the line is in use by another program"};
      if (!clock_.sleep_until(clock_.now() + kLockRetry, stop)) return Error{Errc::cancelled, "stopped"};
    }
    return {};
  }

  ModbusWiring wiring_;
  Clock& clock_;
};

Result<std::unique_ptr<PowerSwitch>> make_modbus(const DriverOptions& options, const DriverContext& context) {
  ModbusWiring wiring;
  if (options.has("host")) wiring.host = options.text("host");
  if (options.has("line")) wiring.line = options.text("line");
  wiring.port = options.text("port");
  wiring.baud = static_cast<int>(options.integer("baud"));
  wiring.framing = options.text("framing");
  wiring.unit = static_cast<int>(options.integer("unit"));
  wiring.coil = static_cast<int>(options.integer("coil"));
  wiring.coils = static_cast<int>(options.integer("read_coils"));
  wiring.multiple = options.text("write") == "multiple";
  if (wiring.host.empty() == wiring.line.empty()) {
    return Error{Errc::invalid, "modbus: 'host' (Modbus TCP) or 'line' (Modbus RTU) is needed, one of them"};
  }
  if (wiring.coils != 0 && wiring.coil >= wiring.coils) {
    return Error{Errc::invalid, "modbus: 'read_coils' is too small for this 'coil'"};
  }
  return confirmed(std::make_unique<ModbusCoil>(std::move(wiring), context.clock), context.clock);
}

constexpr const char* kModbusNotes =
    R"(Relay boards and remote I/O with Modbus coils: over TCP (`host`), or RTU on a serial RS-485 adapter (`line`).

Wiring: put the board's DC supply over COM and NO of a relay. Coils count from 0: relay 1 of most boards is coil 0. Every
board on one RS-485 line needs its own unit address.

Each switching is read back. Boards that answer "illegal function" to it want `write: multiple`; boards that only answer
for all of their coils at once (Waveshare) want `read_coils: 8`, as many as they have.

  power:
    driver: modbus
    host: relay-8.lab
    coil: 2

  # Modbus RTU:   line: /dev/serial/by-id/usb-FTDI_USB-RS485_Cable_AB0ABCDE-if00-port0

Source of the protocol: Modbus Application Protocol 1.1b3 (modbus.org), 6.1, 6.5, 6.11.)";

std::vector<OptionSpec> option_rows() {
  return {
      {.name = "host", .help = "Modbus TCP: the device's address or name"},
      {.name = "port",
       .type = OptionType::integer,
       .default_value = "502",
       .help = "Modbus TCP: its port",
       .min = 1,
       .max = 65535},
      {.name = "line",
       .type = OptionType::path,
       .help = "Modbus RTU: the adapter's tty, best by its by-id link"},
      {.name = "baud",
       .type = OptionType::integer,
       .default_value = "9600",
       .help = "Modbus RTU: bits per second",
       .min = 300,
       .max = 921600},
      {.name = "framing",
       .default_value = "8N1",
       .help = "Modbus RTU: data bits, parity, stop bits",
       .choices = {"8N1", "8E1", "8O1", "8N2"}},
      {.name = "unit",
       .type = OptionType::integer,
       .default_value = "1",
       .help = "the device's unit (slave) address",
       .min = 0,
       .max = 247},
      {.name = "coil",
       .type = OptionType::integer,
       .required = true,
       .help = "which coil, counted from 0",
       .min = 0,
       .max = 65535},
      {.name = "write",
       .default_value = "single",
       .help = "how a coil is written: function 05, or 0F",
       .choices = {"single", "multiple"}},
      {.name = "read_coils",
       .type = OptionType::integer,
       .default_value = "0",
       .help = "read so many coils from 0 on instead of one; 0: just the one",
       .min = 0,
       .max = 2000},
  };
}

}  // namespace

DriverRow<PowerSwitch> modbus_driver() {
  return {
      .name = "modbus",
      .summary = "relay boards with Modbus coils, over TCP or RS-485 (RTU)",
      .notes = kModbusNotes,
      .options = option_rows(),
      .make = make_modbus,
  };
}

}  // namespace rigbisect
