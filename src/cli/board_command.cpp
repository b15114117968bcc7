#include "cli/board_command.h"

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <memory>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/text.h"
#include "cli/board_check.h"
#include "cli/board_import.h"
#include "cli/board_probe.h"
#include "cli/board_schema.h"
#include "cli/board_suggest.h"
#include "cli/console_session.h"
#include "cli/exit_code.h"
#include "cli/open_device.h"
#include "cli/power_cycle.h"
#include "cli/shared_console.h"
#include "cli/terminal.h"
#include "config/board.h"

namespace rigbisect {
namespace {

ExitCode fail(Environment& environment, const Error& error, ExitCode code) {
  environment.err << "rigbisect: " << printable(error.what, true) << "\n";
  return error.code == Errc::cancelled ? ExitCode::interrupted : code;
}

DriverContext context_of(Environment& environment, const Board& board) {
  return {environment.clock, environment.boot_servers, board.name};
}

// The board for this process alone while the function runs; a missing hook means a lab of one process.
Result<BoardLease> take_board(Environment& environment, const Board& board) {
  return environment.lease ? environment.lease(board) : Result<BoardLease>(BoardLease{});
}

// A board's power switch with the board's own time limit.
class Switch {
 public:
  Switch(std::unique_ptr<PowerSwitch> device, Environment& environment, const Board& board)
      : device_(std::move(device)), environment_(environment), board_(board) {}

  static Result<Switch> open(Environment& environment, const Board& board) {
    auto device =
        open_device(environment.drivers.power, board.power, context_of(environment, board), "power");
    if (!device) return device.error();
    return Switch(std::move(*device), environment, board);
  }

  Result<void> set(Power wanted) {
    auto done = device_->set(wanted, deadline(), environment_.stop);
    if (!done) return done.error().within("board " + board_.name + ": power " + to_string(wanted));
    return {};
  }

  // "on", "off" or why that is not known.
  Result<std::string> state() {
    const auto state = device_->state(deadline(), environment_.stop);
    if (!state) return state.error().within("board " + board_.name + ": power state");
    if (!*state) return std::string("unknown (this switch cannot be asked, or did not answer)");
    return std::string(to_string(**state));
  }

  // ", drawing 23.5 W", or nothing where that is not measured.
  std::string drawn() {
    PowerMeter* meter = device_->meter();
    if (meter == nullptr) return "";
    const auto watts = meter->watts(deadline(), environment_.stop);
    if (!watts) return ", drawing nobody knows: " + printable(watts.error().what);
    if (!*watts) return "";
    std::ostringstream text;
    text << ", drawing " << std::fixed << std::setprecision(1) << **watts << " W";
    return text.str();
  }

  Result<void> cycle() {
    auto done = power_cycle(*device_, board_.timings, environment_.clock, environment_.stop);
    if (!done) return done.error().within("board " + board_.name + ": power cycle");
    return {};
  }

 private:
  Deadline deadline() const { return environment_.clock.now() + board_.timings.power; }

  std::unique_ptr<PowerSwitch> device_;
  Environment& environment_;
  const Board& board_;
};

ExitCode switch_power(Environment& environment, const std::string& file, const std::string& action) {
  const auto board = load_board(file, environment.drivers);
  if (!board) return fail(environment, board.error(), ExitCode::bad_input);
  const auto lease = take_board(environment, *board);
  if (!lease) return fail(environment, lease.error(), ExitCode::rig_failed);
  auto power = Switch::open(environment, *board);
  if (!power) return fail(environment, power.error(), ExitCode::rig_failed);
  const auto done = action == "cycle" ? power->cycle() : power->set(action == "on" ? Power::on : Power::off);
  if (!done) return fail(environment, done.error(), ExitCode::rig_failed);
  const auto state = power->state();
  if (!state) return fail(environment, state.error(), ExitCode::rig_failed);
  const std::string wanted = action == "off" ? "off" : "on";
  environment.out << board->name << ": power " << (action == "cycle" ? "cycled" : "switched " + action)
                  << "; read back: " << *state << "\n";
  if (*state == wanted || state->starts_with("unknown")) return ExitCode::done;
  return fail(
      environment,
      Error{Errc::io, "board " + board->name + ": the switch took the command and still says " + *state},
      ExitCode::rig_failed);
}

void print_findings(Environment& environment, const std::vector<BoardFinding>& findings) {
  for (const BoardFinding& finding : findings) {
    environment.out << "  " << (finding.serious ? "problem: " : "note: ") << finding.text << "\n";
  }
}

bool any_serious(const std::vector<BoardFinding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const BoardFinding& each) { return each.serious; });
}

ExitCode show_status(Environment& environment, const std::string& file) {
  const auto board = load_board(file, environment.drivers);
  if (!board) return fail(environment, board.error(), ExitCode::bad_input);
  const auto findings = check_devices(*board, environment.drivers);
  environment.out << board->name << (board->description.empty() ? "" : ": " + board->description) << "\n"
                  << "  power (" << board->power.driver << "): " << std::flush;
  auto power = Switch::open(environment, *board);
  const Result<std::string> state = power ? power->state() : Result<std::string>(power.error());
  environment.out << (state ? *state + power->drawn() : "unknown") << "\n"
                  << "  console: " << board->console.driver << "\n  boot: " << board->boot.driver << "\n";
  print_findings(environment, findings);
  if (!state) return fail(environment, state.error(), ExitCode::rig_failed);
  return any_serious(findings) ? ExitCode::rig_failed : ExitCode::done;
}

ExitCode check_boards(Environment& environment, const std::vector<std::string>& files) {
  ExitCode worst = ExitCode::done;
  std::vector<Board> boards;
  for (const std::string& file : files) {
    auto board = load_board(file, environment.drivers);
    if (!board) {
      worst = fail(environment, board.error(), ExitCode::bad_input);
      continue;
    }
    const auto findings = check_devices(*board, environment.drivers);
    const bool serious = any_serious(findings);
    if (serious && worst == ExitCode::done) worst = ExitCode::rig_failed;
    environment.out << board->name << ": power " << board->power.driver << ", console "
                    << board->console.driver << ", boot " << board->boot.driver
                    << (serious ? "" : ": all there") << "\n";
    print_findings(environment, findings);
    boards.push_back(std::move(*board));
  }
  for (const std::string& conflict : board_conflicts(boards, environment.drivers)) {
    worst = fail(environment, Error{Errc::invalid, conflict}, ExitCode::bad_input);
  }
  return worst;
}

struct ConsoleOptions {
  std::string file;
  std::string log;
  bool raw = false;
  bool watch = false;
};

struct OpenConsole {
  BoardLease lease;  // first: it outlives the console
  std::unique_ptr<SerialConsole> console;
};

Result<OpenConsole> console_of(Environment& environment, const Board& board) {
  auto lease = take_board(environment, board);
  if (!lease && listen_to(console_socket(environment.lab, board.name)))
    return Error{lease.error().code, lease.error().what + "; --watch shows what is read there"};
  if (!lease) return lease.error();
  auto console =
      open_device(environment.drivers.console, board.console, context_of(environment, board), "console");
  if (!console) return console.error();
  auto shared = share_console(std::move(*console), lease->watchers.get());
  return OpenConsole{std::move(*lease), std::move(shared)};
}

ExitCode open_console(Environment& environment, const ConsoleOptions& options) {
  const auto board = load_board(options.file, environment.drivers);
  if (!board) return fail(environment, board.error(), ExitCode::bad_input);
  std::ofstream log;
  if (!options.log.empty()) {
    log.open(options.log, std::ios::binary | std::ios::app);
    if (!log) {
      return fail(environment, Error{Errc::io, "cannot write " + options.log}, ExitCode::host_failed);
    }
  }
  auto open = options.watch
                  ? Result<OpenConsole>(OpenConsole{
                        {}, watch_console(console_socket(environment.lab, board->name), board->name)})
                  : console_of(environment, *board);
  if (!open) return fail(environment, open.error(), ExitCode::rig_failed);
  SerialConsole& console = *open->console;
  environment.err << "[rigbisect: " << printable(console.describe()) << "; Ctrl-] ends"
                  << (options.watch ? "" : ", Ctrl-\\ sends a break") << "]\n"
                  << std::flush;
  Result<void> ended;
  {
    const auto terminal = RawTerminal::enter(STDIN_FILENO);
    if (!terminal) return fail(environment, terminal.error(), ExitCode::host_failed);
    const ConsoleIo io{STDIN_FILENO, environment.out, log.is_open() ? &log : nullptr, options.raw};
    ended = run_console_session(console, io, environment.clock, environment.stop);
  }
  LineCounters* counters = console.counters();
  const std::string counted =
      describe((counters == nullptr ? std::nullopt : counters->line_errors()).value_or(LineErrors{}));
  environment.err << "\n[rigbisect: console closed"
                  << (counted.empty() ? "" : "; the UART reports " + counted) << "]\n";
  if (!ended) return fail(environment, ended.error(), ExitCode::rig_failed);
  return ExitCode::done;
}

void add_check(CLI::App& board, Environment& environment, int& exit_code) {
  CLI::App* command =
      board.add_subcommand("check", "Check board files and the devices they name; opens nothing");
  auto files = std::make_shared<std::vector<std::string>>();
  command->add_option("FILE", *files, "Board files; several are also checked against each other")->required();
  command->callback(
      [files, &environment, &exit_code] { exit_code = to_int(check_boards(environment, *files)); });
}

void add_power(CLI::App& board, Environment& environment, int& exit_code) {
  CLI::App* command = board.add_subcommand("power", "Switch a board's power, or ask for it");
  auto action = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>();
  command->add_option("ACTION", *action, "on, off, cycle or status")
      ->required()
      ->check(CLI::IsMember({"on", "off", "cycle", "status"}));
  command->add_option("FILE", *file, "Board file")->required();
  command->callback([action, file, &environment, &exit_code] {
    exit_code = to_int(*action == "status" ? show_status(environment, *file)
                                           : switch_power(environment, *file, *action));
  });
}

void add_status(CLI::App& board, Environment& environment, int& exit_code) {
  CLI::App* command = board.add_subcommand("status", "Ask for a board's power and look for its devices");
  auto file = std::make_shared<std::string>();
  command->add_option("FILE", *file, "Board file")->required();
  command->callback(
      [file, &environment, &exit_code] { exit_code = to_int(show_status(environment, *file)); });
}

void add_console(CLI::App& board, Environment& environment, int& exit_code) {
  CLI::App* command = board.add_subcommand(
      "console", "Talk to a board over its serial console; Ctrl-] ends, Ctrl-\\ sends a break");
  auto options = std::make_shared<ConsoleOptions>();
  command->add_option("FILE", options->file, "Board file")->required();
  command->add_option("--log", options->log, "Append every byte from the board to this file");
  command->add_flag("--raw", options->raw, "Pass escape sequences of the board on to this terminal");
  command->add_flag(
      "--watch", options->watch,
      "Only watch what a campaign, or whoever else uses the board, reads from it; any number may");
  command->callback(
      [options, &environment, &exit_code] { exit_code = to_int(open_console(environment, *options)); });
}

}  // namespace

void add_board(CLI::App& app, Environment& environment, int& exit_code) {
  CLI::App* board = app.add_subcommand("board", "Check, switch and talk to a board by hand");
  board->require_subcommand(1);
  add_check(*board, environment, exit_code);
  add_power(*board, environment, exit_code);
  add_status(*board, environment, exit_code);
  add_console(*board, environment, exit_code);
  add_board_probe(*board, environment, exit_code);
  add_board_schema(*board, environment, exit_code);
  add_board_suggest(*board, environment, exit_code);
  add_board_import(*board, environment, exit_code);
}

}  // namespace rigbisect
