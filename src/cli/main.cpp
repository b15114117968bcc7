#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/board_command.h"
#include "cli/boot_services.h"
#include "cli/drivers_command.h"
#include "cli/environment.h"
#include "cli/exit_code.h"
#include "cli/lab.h"
#include "cli/log_command.h"
#include "cli/parse_console.h"
#include "cli/run_command.h"
#include "cli/simulate_command.h"
#include "cli/status_command.h"
#include "cli/terminal.h"
#include "cli/test_command.h"
#include "drivers/registry.h"
#include "os/real_clock.h"
#include "os/signals.h"

namespace rigbisect {
namespace {

constexpr const char* kFooter =
    "Exit status: 0 done (run, resume: culprit found); 1 finished without a culprit; 2 bad input (usage, "
    "YAML, revision,\n"
    "reproducer); 3 the rig failed; 4 this host failed (disk full, build impossible); 130 interrupted: "
    "`rigbisect resume`\n"
    "goes on. `rigbisect test` has its own, fit for `git bisect run`: see `rigbisect test --help`.\n"
    "\n"
    "A recipe says what to find, a board file how a machine is wired; both are YAML with examples in "
    "recipes/ and boards/.\n"
    "Results are kept in the lab directory: $RIGBISECT_LAB, else ~/.local/state/rigbisect.";

// The parser's complaint; for a word that is no subcommand, with what may have been meant.
int refuse(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == to_int(ExitCode::done)) return app.exit(error);
  const std::vector<std::string> rest = app.remaining();
  if (app.get_subcommands().empty() && !rest.empty()) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
    std::cerr << "rigbisect: there is no command '" << printable(rest.front()) << "'"
              << did_you_mean_suffix(rest.front(), names) << ". Commands: " << join(names, ", ") << "\n";
  } else {
    app.exit(error);
  }
  return to_int(ExitCode::bad_input);
}

int run(int argc, char** argv) {
  StopOnSignals signals;
  RealClock clock;
  BootServices boot_services(clock);
  const DriverTable drivers = driver_table();
  Environment environment{
      clock, drivers, boot_services, signals.token(), std::cout, std::cerr, Lab::default_directory(), {}};
  environment.live = is_live_terminal();
  environment.lease = [&environment](const Board& board) {
    auto lease = lease_board(environment.lab, board, environment.drivers);
    if (lease && !lease->unwatched.empty())
      environment.err << "rigbisect: note: " << printable(lease->unwatched) << "\n";
    return lease;
  };

  const ParseConsoleIo parse_console_io{0, std::cout, std::cerr, clock, signals.token()};

  CLI::App app{"Finds the commit that introduced (or fixed) a Linux kernel bug, on real machines."};
  int exit_code = to_int(ExitCode::done);
  app.add_option_function<std::string>(
      "--lab", [&environment](const std::string& lab) { environment.lab = std::filesystem::absolute(lab); },
      "Directory for results, console logs and built kernels");
  app.set_version_flag("--version", "rigbisect " RIGBISECT_VERSION);
  app.footer(kFooter);
  app.require_subcommand(1);
  add_run(app, environment, exit_code);
  add_resume(app, environment, exit_code);
  add_status(app, environment, exit_code);
  add_log(app, environment, exit_code);
  add_test(app, environment, exit_code);
  add_board(app, environment, exit_code);
  add_simulate(app, environment, exit_code);
  add_parse_console(app, parse_console_io, exit_code);
  add_drivers(app, environment, exit_code);
  try {
    app.name("rigbisect");
    app.parse(arguments_of(argc, argv));
  } catch (const CLI::ParseError& error) {
    return refuse(app, error);
  }
  return exit_code;
}

}  // namespace
}  // namespace rigbisect

int main(int argc, char** argv) {
  try {
    return rigbisect::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "rigbisect: internal error: " << rigbisect::printable(error.what())
              << "\nNothing recorded is lost; `rigbisect resume` goes on. Please report this.\n";
    return rigbisect::to_int(rigbisect::ExitCode::host_failed);
  }
}
