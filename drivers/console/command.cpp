#include "base/text.h"
#include "drivers/console/program_line.h"
#include "drivers/registry.h"

namespace rigbisect {
namespace {

constexpr Duration kFalseStart = std::chrono::milliseconds(300);

Result<std::unique_ptr<SerialConsole>> make_command_console(const DriverOptions& options,
                                                            const DriverContext& context) {
  Command command{.argv = options.list("run"), .environment = clean_environment()};
  if (command.argv.empty()) return Error{Errc::invalid, "'run' needs at least the program's name"};
  if (auto found = find_program(command.argv[0]); !found) return found.error();
  (*command.environment)["RIGBISECT_BOARD"] = context.board;
  const auto open = [command, &clock = context.clock](
                        Deadline deadline,
                        const std::stop_token& stop) -> Result<std::shared_ptr<ConsoleLine>> {
    auto line = ProgramLine::start(command, "console command " + printable(command.argv[0]), clock);
    if (!line) return line.error();
    // One that cannot work ends at once; the reason is better told now than by the first read.
    if ((*line)->ended_by(std::min(deadline, clock.now() + kFalseStart))) {
      char none = 0;
      if (const auto count = (*line)->read({&none, 0}, deadline, stop); !count) return count.error();
    }
    return std::shared_ptr<ConsoleLine>(std::move(*line));
  };
  return ReopeningConsole::make(open, context.clock);
}

constexpr const char* kCommandConsoleNotes =
    R"(The console is what a program of yours says and hears: conserver's client, ssh to the machine that has the adapter,
`virsh console`, a vendor's tool.

`run` is a list: the program and its arguments, started as they are. There is no shell, so no quoting, variables or pipes;
for these write a script and name it. It gets a terminal in raw mode for its standard input and output, and PATH, HOME,
USER and RIGBISECT_BOARD (the board's name). What it writes to stderr is not part of the console; messages quote it.

It must not ask for anything (ssh: BatchMode, a key without passphrase), must pass bytes as they are, and must not have an
escape key that a board or rigbisect may happen to send (`ssh -e none`, `console -e`). When it ends it is started again;
the gap is noted in the console log. When rigbisect ends, its terminal hangs up, and the process group is killed.

  console:
    driver: command
    run: [ssh, -e, none, -o, BatchMode=yes, -tt, lab-host, picocom, -q, -b, "115200", /dev/serial/by-id/usb-FTDI_A900RIG1]

Source: own definition.)";

}  // namespace

DriverRow<SerialConsole> command_console_driver() {
  return {
      .name = "command",
      .summary = "a program of your own that is connected to the UART (conserver, ssh)",
      .notes = kCommandConsoleNotes,
      .options = {{.name = "run",
                   .type = OptionType::list,
                   .required = true,
                   .help = "the program and its arguments"}},
      .make = make_command_console,
  };
}

}  // namespace rigbisect
