#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "drivers/power/confirmed_switch.h"
#include "drivers/registry.h"
#include "drivers/serial_port.h"

namespace rigbisect {
namespace {

constexpr Duration kReplyTime = std::chrono::milliseconds(300);  // eight lines take 90 ms at 9600 baud
constexpr Duration kSettleTime = std::chrono::milliseconds(50);  // the board's loop between command and query
constexpr Duration kFirstOpenTime = std::chrono::seconds(5);
constexpr std::size_t kLongestStatus = 256;

struct LcusWiring {
  std::string port;
  int channel = 1;
  bool query = true;
  bool confirmation_required = false;
};

// One channel of the board's reply "CH1: ON \r\nCH2:OFF\r\n", once its line is complete.
std::optional<Reading> find_channel(std::string_view reply, int channel) {
  const std::string label = "CH" + std::to_string(channel) + ":";
  std::size_t end = 0;
  for (; (end = reply.find('\n')) != std::string_view::npos; reply.remove_prefix(end + 1)) {
    std::string_view line = trim(reply.substr(0, end));
    if (!line.starts_with(label)) continue;
    line = trim(line.substr(label.size()));
    if (line == "ON") return Reading::on;
    if (line == "OFF") return Reading::off;
  }
  return std::nullopt;
}

// LCUS-1/2/4/8: CH340 USB serial, 9600 8N1. Command: A0 <channel> <01 on | 00 off> <low byte of the sum of
// the three>. Query on boards that know it: FF, answered with a line of text per channel. Source: vendor
// sheets (tilga.com, optimusdigital.ro), https://stackoverflow.com/q/29221080.
class LcusOutlet : public Outlet {
 public:
  LcusOutlet(LcusWiring wiring, Clock& clock) : wiring_(std::move(wiring)), clock_(clock) {}

  Result<void> command(Power wanted, Deadline deadline, std::stop_token stop) override {
    auto port = open(deadline, stop);
    if (!port) return port.error();
    const int operation = wanted == Power::on ? 1 : 0;
    const std::array<char, 4> frame{static_cast<char>(0xa0), static_cast<char>(wiring_.channel),
                                    static_cast<char>(operation),
                                    static_cast<char>((0xa0 + wiring_.channel + operation) & 0xff)};
    if (auto sent = port->write(frame, deadline, stop); !sent) return sent;
    if (!wiring_.query || clock_.sleep_until(std::min(deadline, clock_.now() + kSettleTime), stop)) return {};
    return Error{Errc::cancelled, "stopped"};
  }

  Result<Reading> read(Deadline deadline, std::stop_token stop) override {
    if (!wiring_.query) return Reading::unknown;
    auto port = open(deadline, stop);
    if (!port) return port.error();
    port->discard_input();
    const char query = static_cast<char>(0xff);
    if (auto sent = port->write({&query, 1}, deadline, stop); !sent) return sent.error();
    const Deadline quiet_at = std::min(deadline, clock_.now() + kReplyTime);
    std::string reply;
    std::array<char, 64> buffer{};
    while (reply.size() < kLongestStatus) {
      const auto count = port->read(buffer, quiet_at, stop);
      if (!count && count.error().code == Errc::timeout) break;
      if (!count) return count.error();
      reply.append(buffer.data(), *count);
      if (const auto found = find_channel(reply, wiring_.channel)) return *found;
    }
    if (!reply.empty()) return not_understood(reply);
    if (clock_.now() >= deadline) return Error{Errc::timeout, "no time left to wait for the board's answer"};
    return silent();
  }

  bool may_miss_commands() const override { return true; }

  // The board is opened for each exchange only: its channels may belong to boards of other processes.
  Result<SerialPort> open(Deadline deadline, std::stop_token stop) const {
    return SerialPort::open_waiting(wiring_.port, LineSettings{}, clock_, deadline, stop);
  }

  std::string name() const override {
    return "lcus " + printable(wiring_.port) + " channel " + std::to_string(wiring_.channel);
  }

 private:
  Result<Reading> silent() const {
    if (!wiring_.confirmation_required) return Reading::unknown;
    return Error{Errc::timeout,
                 "the board took the command but did not answer the status query: it cannot confirm. "
                 "Check its supply, or accept this with 'confirm: if-possible'"};
  }

  Error not_understood(const std::string& reply) const {
    if (find_channel(reply, 1)) {
      return Error{Errc::protocol, "the board does not list this channel, it says '" + printable(reply) +
                                       "': is 'channel' right?"};
    }
    return Error{Errc::protocol, "the board answers '" + printable(reply) +
                                     "' instead of its channels: is this an LCUS relay? If it is and "
                                     "switches, set 'query: false'"};
  }

  LcusWiring wiring_;
  Clock& clock_;
};

Result<std::unique_ptr<PowerSwitch>> make_lcus(const DriverOptions& options, const DriverContext& context) {
  LcusWiring wiring{.port = options.text("port"),
                    .channel = static_cast<int>(options.integer("channel")),
                    .query = options.boolean("query"),
                    .confirmation_required = options.text("confirm") == "required"};
  if (wiring.confirmation_required && !wiring.query) {
    return Error{Errc::invalid, "'confirm: required' needs the status query, but 'query' is false"};
  }
  auto outlet = std::make_unique<LcusOutlet>(std::move(wiring), context.clock);
  if (auto port = outlet->open(context.clock.now() + kFirstOpenTime, {}); !port) {
    return port.error().within(outlet->name());
  }
  return confirmed(std::move(outlet), context.clock);
}

constexpr const char* kLcusNotes =
    R"(Relay boards sold as LCUS-1, LCUS-2, LCUS-4 and LCUS-8: a CH340 USB serial adapter and one to eight relays with
screw terminals COM, NO (closed when on) and NC (closed when off).

Wiring: put the board's DC supply (12 V, 19 V) over COM and NO, so that the board is off when this machine is. Mind
the rating printed on the relay; switch mains only inside an enclosure made for it. Relays that press a power button
are another thing: this driver keeps the contact closed while the board is on.

All channels share one adapter. It is opened for the time of one command, under a lock, so boards of several campaigns
may use one relay board; a command waits for its turn.

Newer firmware answers a status query; then every switching is read back. Boards that stay silent are trusted to have
switched, unless `confirm: required`. The query shows what the relay was told, not what the contact does.
HW-667 boards look alike but speak another protocol.

  power:
    driver: lcus
    port: /dev/serial/by-path/pci-0000:00:14.0-usb-0:3:1.0-port0
    channel: 1

(CH340 adapters have no serial number: with several of them only by-path tells them apart.)

Source of the protocol: vendor sheets (tilga.com, optimusdigital.ro), https://stackoverflow.com/q/29221080.)";

}  // namespace

DriverRow<PowerSwitch> lcus_driver() {
  return {
      .name = "lcus",
      .summary = "LCUS-1/2/4/8 USB serial relay board (CH340)",
      .notes = kLcusNotes,
      .options =
          {
              {.name = "port",
               .type = OptionType::path,
               .required = true,
               .help = "the relay board's tty, best by its link below /dev/serial/by-path"},
              {.name = "channel",
               .type = OptionType::integer,
               .default_value = "1",
               .help = "which relay, counted from 1",
               .min = 1,
               .max = 8},
              {.name = "query",
               .type = OptionType::boolean,
               .default_value = "true",
               .help = "ask the board for its state; false for boards that are confused by it"},
              {.name = "confirm",
               .default_value = "if-possible",
               .help = "whether a board that does not answer the status query is an error",
               .choices = {"if-possible", "required"}},
          },
      .make = make_lcus,
  };
}

}  // namespace rigbisect
