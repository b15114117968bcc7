#include <algorithm>
#include <array>

#include "drivers/console/program_line.h"
#include "drivers/console/sol_session.h"
#include "drivers/ipmi_bmc.h"
#include "drivers/registry.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

// A BMC may take 10 s to say which cipher suites it has, and as long for a session.
constexpr Duration kFirstOpen = 40s;
constexpr std::size_t kLongestGreeting = 4096;

class SolLine : public ConsoleLine {
 public:
  explicit SolLine(std::shared_ptr<ProgramLine> program) : program_(std::move(program)) {}

  // Until ipmitool says that the session stands.
  Result<void> begin(Deadline deadline, std::stop_token stop) {
    std::string printed;
    std::array<char, 512> buffer{};
    while (printed.size() < kLongestGreeting) {
      const auto count = program_->read(buffer, deadline, stop);
      if (!count && count.error().code == Errc::disconnected) {
        return explain_sol_failure(printed + program_->complaint()).within(describe());
      }
      if (!count) return count.error();
      printed.append(buffer.data(), *count);
      if (const auto begin = sol_data_begin(printed)) {
        early_ = printed.substr(*begin);
        return {};
      }
    }
    return Error{Errc::protocol, describe() + ": ipmitool does not say that the session stands"};
  }

  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) override {
    if (early_.empty()) return program_->read(into, deadline, stop);
    const std::size_t count = std::min(into.size(), early_.size());
    std::copy_n(early_.begin(), count, into.begin());
    early_.erase(0, count);
    return count;
  }

  Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) override {
    return program_->write(encoder_.encode({bytes.data(), bytes.size()}), deadline, stop);
  }

  Result<void> send_break(Deadline deadline, std::stop_token stop) override {
    const auto command = encoder_.break_command();
    if (!command) {
      return Error{Errc::invalid,
                   describe() + ": ipmitool sends a break only at the begin of a line: press Enter first"};
    }
    return program_->write(*command, deadline, stop);
  }

  std::string describe() const override { return program_->describe(); }

 private:
  std::shared_ptr<ProgramLine> program_;
  std::string early_;  // came with the greeting
  SolEncoder encoder_;
};

Result<std::shared_ptr<ConsoleLine>> open_once(const IpmiBmc& bmc, Clock& clock, Deadline deadline,
                                               const std::stop_token& stop) {
  auto program = ProgramLine::start(bmc.command({"-v", "-e", std::string(1, kSolEscape), "sol", "activate"}),
                                    "sol " + bmc.name(), clock);
  if (!program) return program.error();
  const auto line = std::make_shared<SolLine>(std::move(*program));
  if (auto begun = line->begin(deadline, stop); !begun) return begun.error();
  return std::shared_ptr<ConsoleLine>(line);
}

// A session that was cut (a killed program, a network that broke) lives on in the BMC for a while, and is
// indistinguishable from somebody else's.
Result<std::shared_ptr<ConsoleLine>> open_line(const IpmiBmc& bmc, bool take_over, Clock& clock,
                                               Deadline deadline, const std::stop_token& stop) {
  auto line = open_once(bmc, clock, deadline, stop);
  if (line || line.error().code != Errc::busy) return line;
  if (!take_over) {
    return Error{Errc::busy,
                 line.error().what + ": end it (ipmitool sol deactivate), or set 'take_over: true'"};
  }
  const RunOptions options{.deadline = deadline, .stop = stop, .max_output = 4096};
  const auto ended = run_command(bmc.command({"sol", "deactivate"}), options, clock);
  if (!ended) return ended.error().within("sol " + bmc.name());
  return open_once(bmc, clock, deadline, stop);
}

Result<std::unique_ptr<SerialConsole>> make_sol(const DriverOptions& options, const DriverContext& context) {
  auto bmc = IpmiBmc::make(options, context.clock);
  if (!bmc) return bmc.error().within("sol");
  const auto open = [bmc = *bmc, take_over = options.boolean("take_over"), &clock = context.clock](
                        Deadline deadline, const std::stop_token& stop) {
    return open_line(bmc, take_over, clock, deadline, stop);
  };
  return ReopeningConsole::make(open, context.clock, kFirstOpen);
}

constexpr const char* kSolNotes =
    R"(The serial port of a server through its management controller (BMC, iDRAC, iLO, IMM): IPMI 2.0 serial over LAN.

Wiring: none but the BMC's network. In the firmware's setup redirect the console to the serial port of the BMC (often the
second: then the kernel needs console=ttyS1,115200), and give both the same speed: `ipmitool sol info` shows the BMC's,
`ipmitool sol set volatile-bit-rate 115.2` sets it. The user needs SOL payload access.

A BMC gives its console to one session at a time. A session that a killed program or a broken network left behind is
ended and replaced; so is that of a colleague, unless `take_over: false`. BMCs lose bytes when much text comes at once,
and some end the session at a power cycle: the gap is noted in the console log, and a lost line may look like a crash
report that is cut off. Prefer a real UART where there is one.

`board console` sends a break with Ctrl-\, at the begin of a line only. Needs the program ipmitool; the password reaches
it in its environment, not in its arguments.

  console:
    driver: sol
    host: bmc-server1.lab
    user: rigbisect
    password: {file: /etc/rigbisect/bmc-server1.password}

Source of the protocol: IPMI specification 2.0 rev. 1.1, chapter 15 (SOL), as ipmitool 1.8.19 speaks it.)";

}  // namespace

DriverRow<SerialConsole> sol_driver() {
  auto options = IpmiBmc::options();
  options.push_back({.name = "take_over",
                     .type = OptionType::boolean,
                     .default_value = "true",
                     .help = "end another session that has the console"});
  return {
      .name = "sol",
      .summary = "serial port of a server through its BMC: IPMI serial over LAN",
      .notes = kSolNotes,
      .options = std::move(options),
      .make = make_sol,
  };
}

}  // namespace rigbisect
