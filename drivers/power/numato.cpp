#include <algorithm>
#include <array>

#include "base/text.h"
#include "drivers/power/confirmed_switch.h"
#include "drivers/registry.h"
#include "drivers/serial_port.h"

namespace rigbisect {
namespace {

// Numato Lab's USB relay modules, user guide: a command line over CDC ACM. "relay on 3\r" is echoed and ends
// with the prompt: "relay on 3\n\r>"; "relay read 3\r" -> "relay read 3\n\ron\n\r>". A relay's name is a
// digit or letter (0-9A-V), on boards with 64 two digits.
constexpr std::size_t kLongestReply = 256;

std::string relay_name(long relay, long relays) {
  if (relays > 32) return (relay < 10 ? "0" : "") + std::to_string(relay);
  constexpr std::string_view kNames = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
  return std::string(1, kNames[static_cast<std::size_t>(relay)]);
}

// What stands between the echo and the prompt.
Result<std::string> answer_in(std::string_view reply, const std::string& request) {
  const auto echo = reply.find(request);
  const auto prompt = reply.rfind('>');
  if (echo == std::string_view::npos || prompt == std::string_view::npos || prompt < echo) {
    return Error{Errc::protocol, "the board answers '" + printable(reply) + "' to '" + request +
                                     "': is this a Numato relay module?"};
  }
  const auto begin = echo + request.size();
  return std::string(trim(reply.substr(begin, prompt - begin)));
}

class NumatoOutlet : public Outlet {
 public:
  NumatoOutlet(std::string port, std::string relay, Clock& clock)
      : port_(std::move(port)), relay_(std::move(relay)), clock_(clock) {}

  Result<void> command(Power wanted, Deadline deadline, std::stop_token stop) override {
    const std::string request = std::string("relay ") + to_string(wanted) + " " + relay_;
    const auto answer = exchange(request, deadline, std::move(stop));
    if (!answer) return answer.error();
    if (answer->empty()) return {};
    return Error{Errc::protocol, "the board answers '" + printable(*answer) + "': has it this relay?"};
  }

  Result<Reading> read(Deadline deadline, std::stop_token stop) override {
    const auto answer = exchange("relay read " + relay_, deadline, std::move(stop));
    if (!answer) return answer.error();
    if (*answer == "on") return Reading::on;
    if (*answer == "off") return Reading::off;
    return Error{Errc::protocol, "the board answers '" + printable(*answer) + "' instead of on or off"};
  }

  std::string name() const override { return "numato " + printable(port_) + " relay " + relay_; }

 private:
  // The board is opened for each exchange only: its relays may belong to boards of other processes.
  Result<std::string> exchange(const std::string& request, Deadline deadline, std::stop_token stop) const {
    auto port = SerialPort::open_waiting(port_, LineSettings{}, clock_, deadline, stop);
    if (!port) return port.error();
    port->discard_input();
    // the first return ends what somebody may have begun to type
    if (auto sent = port->write("\r" + request + "\r", deadline, stop); !sent) return sent.error();
    std::string reply;
    std::array<char, 64> buffer{};
    while (reply.size() < kLongestReply && !is_complete(reply, request)) {
      const auto count = port->read(buffer, deadline, stop);
      if (!count && count.error().code == Errc::timeout) {
        if (reply.empty()) return Error{Errc::timeout, "the board does not answer"};
        break;
      }
      if (!count) return count.error();
      reply.append(buffer.data(), *count);
    }
    return answer_in(reply, request);
  }

  static bool is_complete(const std::string& reply, const std::string& request) {
    const auto echo = reply.find(request);
    return echo != std::string::npos && reply.find('>', echo) != std::string::npos;
  }

  std::string port_;
  std::string relay_;
  Clock& clock_;
};

Result<std::unique_ptr<PowerSwitch>> make_numato(const DriverOptions& options, const DriverContext& context) {
  const long relay = options.integer("relay");
  const long relays = options.integer("relays");
  const std::string& port = options.text("port");
  if (relay >= relays) {
    return Error{Errc::invalid, "numato " + printable(port) + ": a board with " + std::to_string(relays) +
                                    " relays has none with the number " + std::to_string(relay) +
                                    ": they are counted from 0"};
  }
  auto outlet = std::make_unique<NumatoOutlet>(port, relay_name(relay, relays), context.clock);
  return confirmed(std::move(outlet), context.clock);
}

constexpr const char* kNumatoNotes =
    R"(Relay modules of Numato Lab with USB (CDC ACM), 1 to 64 relays.

Wiring: put the board's DC supply (12 V, 19 V) over COM and NO of the relay, so that the board is off when the module is.
Mind the rating printed on the relay; switch mains only inside an enclosure made for it.

The module is opened for the time of one command, under a lock, so boards of several campaigns may use one module. Each
switching is read back; the state is what the relay was told.

  power:
    driver: numato
    port: /dev/serial/by-id/usb-Numato_Systems_Pvt._Ltd._Numato_Lab_8_Channel_USB_Relay_Module-if00
    relay: 3
    relays: 8

Source of the protocol: Numato Lab, user guides of the USB relay modules; pdudaemon's numatousb driver.)";

}  // namespace

DriverRow<PowerSwitch> numato_driver() {
  return {
      .name = "numato",
      .summary = "Numato Lab USB relay modules",
      .notes = kNumatoNotes,
      .options =
          {
              {.name = "port",
               .type = OptionType::path,
               .required = true,
               .help = "the module's tty, best by its link below /dev/serial/by-id"},
              {.name = "relay",
               .type = OptionType::integer,
               .required = true,
               .help = "which relay, counted from 0 as on the module",
               .min = 0,
               .max = 63},
              {.name = "relays",
               .type = OptionType::integer,
               .default_value = "8",
               .help = "how many the module has; with more than 32 they are called differently",
               .min = 1,
               .max = 64},
          },
      .make = make_numato,
  };
}

}  // namespace rigbisect
