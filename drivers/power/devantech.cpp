#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"
#include "drivers/power/confirmed_switch.h"
#include "drivers/registry.h"
#include "drivers/secret.h"
#include "drivers/tcp_stream.h"

namespace rigbisect {
namespace {

// Devantech ETH002/ETH008/ETH8020 technical documentation, TCP commands: 20 n t -> 00 relay n active (t 0:
// for good), 21 n t -> 00 inactive, 01 failed; 24 -> relays as bits, one byte (ETH8020: three); 79 password
// -> 01 logged in, 02 not; 7A -> 00 locked, FF no password wanted, else seconds left. All bytes of a command
// in one packet. With t from 1 to 255 the relay goes back after so many tenths of a second.
constexpr char kActive = 0x20, kInactive = 0x21, kGetOutputs = 0x24, kLogIn = 0x79, kUnlockTime = 0x7a;

using Tick = std::chrono::duration<std::int64_t, std::deci>;
constexpr Tick kLongestPulse{255};

struct Board {
  TcpAddress address;
  std::string password;
  long relay;
  std::size_t state_size;  // bytes of the answer to 24
};

class DevantechOutlet : public Outlet {
 public:
  explicit DevantechOutlet(Board board) : board_(std::move(board)) {}

  Result<void> command(Power wanted, Deadline deadline, std::stop_token stop) override {
    return tell(wanted == Power::on ? kActive : kInactive, 0, deadline, stop);
  }

  Duration longest_cycle() const override { return kLongestPulse; }

  Result<void> cycle(Duration off_time, Deadline deadline, std::stop_token stop) override {
    const auto ticks = std::max<std::int64_t>(1, std::chrono::ceil<Tick>(off_time).count());
    return tell(kInactive, static_cast<char>(ticks), deadline, stop);
  }

  Result<Reading> read(Deadline deadline, std::stop_token stop) override {
    auto module = open(deadline, stop);
    if (!module) return module.error();
    const auto answer = exchange(*module, {kGetOutputs}, board_.state_size, deadline, stop);
    if (!answer) return answer.error();
    const auto bit = static_cast<std::size_t>(board_.relay - 1);
    const auto byte = static_cast<unsigned char>((*answer)[bit / 8]);
    return (byte >> bit % 8 & 1U) != 0 ? Reading::on : Reading::off;
  }

  std::string name() const override {
    return "devantech " + board_.address.text() + " relay " + std::to_string(board_.relay);
  }

 private:
  Result<void> tell(char what, char ticks, Deadline deadline, const std::stop_token& stop) {
    auto module = open(deadline, stop);
    if (!module) return module.error();
    const std::string request{what, static_cast<char>(board_.relay), ticks};
    const auto answer = exchange(*module, request, 1, deadline, stop);
    if (!answer) return answer.error();
    if (answer->front() == 0) return {};
    if (answer->front() != 1) return not_understood(*answer);
    const auto locked = exchange(*module, {kUnlockTime}, 1, deadline, stop);
    if (locked && locked->front() == 0)
      return Error{Errc::denied, "the module wants a password: set 'password'"};
    return Error{Errc::not_found, "the module refuses: it has no such relay?"};
  }

  // The module has few connections: each exchange has one of its own, and closes it.
  Result<TcpStream> open(Deadline deadline, const std::stop_token& stop) const {
    auto module = TcpStream::connect(board_.address, "connection", deadline, stop);
    if (!module || board_.password.empty()) return module;
    const auto answer = exchange(*module, kLogIn + board_.password, 1, deadline, stop);
    if (!answer) return answer.error();
    if (answer->front() == 2) return Error{Errc::denied, "the module refuses the password"};
    if (answer->front() != 1) return not_understood(*answer);
    return module;
  }

  static Result<std::string> exchange(TcpStream& module, const std::string& request, std::size_t size,
                                      Deadline deadline, const std::stop_token& stop) {
    if (auto sent = module.write(request, deadline, stop); !sent) return sent.error();
    std::string answer;
    std::array<char, 16> buffer{};
    while (answer.size() < size) {
      const auto count = module.read(buffer, deadline, stop);
      if (!count) return count.error();
      answer.append(buffer.data(), *count);
    }
    if (answer.size() > size) return not_understood(answer);
    return answer;
  }

  static Error not_understood(const std::string& answer) {
    return Error{Errc::protocol,
                 "the module answers '" + printable(answer) + "': is it a Devantech, and is 'model' right?"};
  }

  Board board_;
};

Result<std::unique_ptr<PowerSwitch>> make_devantech(const DriverOptions& options,
                                                    const DriverContext& context) {
  auto password = fetch_secret(options, "password");
  if (!password) return password.error().within("devantech");
  const std::string& model = options.text("model");
  Board board{.address = {options.text("host"), options.text("port")},
              .password = std::move(*password),
              .relay = options.integer("relay"),
              .state_size = model == "eth8020" ? 3U : 1U};
  const long relays = model == "eth8020" ? 20 : (model == "eth002" ? 2 : 8);
  if (board.relay > relays) {
    return Error{Errc::invalid, "devantech " + board.address.text() + ": an " + model + " has " +
                                    std::to_string(relays) + " relays, and 'relay' is " +
                                    std::to_string(board.relay)};
  }
  return confirmed(std::make_unique<DevantechOutlet>(std::move(board)), context.clock);
}

constexpr const char* kDevantechNotes =
    R"(Relay modules of Devantech (Robot Electronics) with Ethernet: ETH002 (2 relays, 16 A), ETH008 (8), ETH8020 (20).

Wiring: put the board's DC supply (12 V, 19 V) over the relay's COM and NO, so that the board is off when the module is.
Mind the rating of the model; switch mains only inside an enclosure made for it. Give the module a fixed address and a
password in its web page; the password crosses the network in clear text, so keep the module inside the lab.

Each switching is read back; the state is what the relay was told. `board power cycle` lets the module's own timer switch on
again, if the board stays off for 25.5 s at most.

  power:
    driver: devantech
    host: relays-1.lab
    model: eth008
    relay: 3
    password: {file: /etc/rigbisect/devantech.password}

Source of the protocol: Devantech technical documentation of ETH002, ETH008, ETH8020 (TCP commands).)";

}  // namespace

DriverRow<PowerSwitch> devantech_driver() {
  return {
      .name = "devantech",
      .summary = "Devantech ETH002/ETH008/ETH8020 relay modules over TCP",
      .notes = kDevantechNotes,
      .options =
          {
              {.name = "host", .required = true, .help = "the module's address or name"},
              {.name = "port",
               .type = OptionType::integer,
               .default_value = "17494",
               .help = "its TCP port",
               .min = 1,
               .max = 65535},
              {.name = "model",
               .required = true,
               .help = "which module",
               .choices = {"eth002", "eth008", "eth8020"}},
              {.name = "relay",
               .type = OptionType::integer,
               .required = true,
               .help = "which relay, counted from 1 as on the module",
               .min = 1,
               .max = 20},
              {.name = "password",
               .type = OptionType::secret,
               .help = "the module's TCP password, if it has one"},
          },
      .make = make_devantech,
  };
}

}  // namespace rigbisect
