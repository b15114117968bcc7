#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "drivers/power/confirmed_switch.h"
#include "drivers/registry.h"
#include "os/process.h"

namespace rigbisect {
namespace {

constexpr std::size_t kShownOutput = 400;

struct Programs {
  std::vector<std::string> on, off, status;
  bool status_by_exit = false;
  Duration timeout{};
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string tail(std::string_view output) {
  output = trim(output);
  if (output.empty()) return " and said nothing";
  if (output.size() > kShownOutput) output.remove_prefix(output.size() - kShownOutput);
  return " and said: " + printable(output);
}

class CommandOutlet : public Outlet {
 public:
  CommandOutlet(Programs programs, const DriverContext& context)
      : programs_(std::move(programs)), board_(context.board), clock_(context.clock) {}

  Result<void> command(Power wanted, Deadline deadline, std::stop_token stop) override {
    const auto& argv = wanted == Power::on ? programs_.on : programs_.off;
    const auto done = run(argv, deadline, std::move(stop));
    if (!done) return done.error();
    return done->ok() ? Result<void>() : failed(*done, argv);
  }

  Result<Reading> read(Deadline deadline, std::stop_token stop) override {
    if (programs_.status.empty()) return Reading::unknown;
    auto done = run(programs_.status, deadline, std::move(stop));
    if (!done) return done.error();
    return programs_.status_by_exit ? from_exit(*done) : from_output(*done);
  }

  Duration patience() const override { return programs_.timeout; }
  std::string name() const override { return "command " + printable(programs_.on[0]); }

 private:
  Result<Finished> run(const std::vector<std::string>& argv, Deadline deadline, std::stop_token stop) const {
    Command command{.argv = argv, .environment = clean_environment()};
    (*command.environment)["RIGBISECT_BOARD"] = board_;
    return run_command(command, {.deadline = deadline, .stop = std::move(stop), .max_output = 64 << 10},
                       clock_);
  }

  static Error failed(const Finished& done, const std::vector<std::string>& argv) {
    return Error{Errc::io,
                 "'" + printable(join(argv, " ")) + "' ended with " + done.describe() + tail(done.output)};
  }

  Result<Reading> from_exit(const Finished& done) const {
    if (done.signal == 0 && done.exit_code == 0) return Reading::on;
    if (done.signal == 0 && done.exit_code == 1) return Reading::off;
    return failed(done, programs_.status);
  }

  Result<Reading> from_output(const Finished& done) const {
    if (!done.ok()) return failed(done, programs_.status);
    const std::string word = lower(trim(done.output));
    if (word == "on") return Reading::on;
    if (word == "off") return Reading::off;
    return Error{Errc::protocol, "'" + printable(join(programs_.status, " ")) +
                                     "' must print 'on' or 'off', but it ended well" + tail(done.output)};
  }

  Programs programs_;
  std::string board_;
  Clock& clock_;
};

Result<std::unique_ptr<PowerSwitch>> make_command(const DriverOptions& options,
                                                  const DriverContext& context) {
  Programs programs{.on = options.list("on"),
                    .off = options.list("off"),
                    .status = options.list("status"),
                    .status_by_exit = options.text("status_by") == "exit",
                    .timeout = options.duration("timeout")};
  for (const auto* argv : {&programs.on, &programs.off, &programs.status}) {
    if (argv->empty() && argv == &programs.status) continue;
    if (argv->empty()) return Error{Errc::invalid, "'on' and 'off' each need at least the program's name"};
    if (auto found = find_program((*argv)[0]); !found) return found.error();
  }
  return confirmed(std::make_unique<CommandOutlet>(std::move(programs), context), context.clock);
}

constexpr const char* kCommandNotes =
    R"(Runs programs of yours to switch: for a PDU, a BMC or a smart plug that has a command-line tool and no driver here.

Each of `on`, `off` and `status` is a list: the program and its arguments, started as they are. There is no shell, so no
quoting, variables or pipes; for these write a script and name it. The programs see PATH, HOME, USER and RIGBISECT_BOARD
(the board's name) and must end within `timeout`; then they are killed with all they started.

`on` and `off` succeed with exit status 0. They may run again for a board that is already in that state. With `status`
each switching is read back: the program prints `on` or `off`, or with `status_by: exit` ends with 0 for on, 1 for off.
Without `status` the switch is trusted.

  power:
    driver: command
    on: [ipmitool, -I, lanplus, -C, "3", -H, bmc-nuc1, -U, admin, -f, /etc/rigbisect/bmc.pass, chassis, power, "on"]
    off: [ipmitool, -I, lanplus, -C, "3", -H, bmc-nuc1, -U, admin, -f, /etc/rigbisect/bmc.pass, chassis, power, "off"]
    status: [/usr/local/bin/bmc-power-state, bmc-nuc1]

(YAML reads a bare on or off as a truth value in some programs: write "on" and "off" in quotes inside lists.)
Source: own definition.)";

}  // namespace

DriverRow<PowerSwitch> command_driver() {
  return {
      .name = "command",
      .summary = "programs of your own that switch and report",
      .notes = kCommandNotes,
      .options =
          {
              {.name = "on",
               .type = OptionType::list,
               .required = true,
               .help = "program and arguments that switch on"},
              {.name = "off",
               .type = OptionType::list,
               .required = true,
               .help = "program and arguments that switch off"},
              {.name = "status",
               .type = OptionType::list,
               .help = "program and arguments that report the state"},
              {.name = "status_by",
               .default_value = "output",
               .help = "output: it prints on or off; exit: it ends with 0 for on, 1 for off",
               .choices = {"output", "exit"}},
              {.name = "timeout",
               .type = OptionType::duration,
               .default_value = "30s",
               .help = "longest time for one command"},
          },
      .make = make_command,
  };
}

}  // namespace rigbisect
