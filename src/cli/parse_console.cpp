#include "cli/parse_console.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/console_input.h"
#include "cli/crash_printer.h"
#include "cli/exit_code.h"
#include "crash/crash_parser.h"
#include "os/memory.h"
#include "symbols/symbolizer.h"

namespace rigbisect {
namespace {

// Tells of an oops at once, on `err`: the report itself is printed when all of it is there.
class Announcer {
 public:
  explicit Announcer(std::ostream& err) : err_(err) {}

  void look(const CrashStream& stream) {
    if (stream.started() == told_) return;
    told_ = stream.started();
    if (!told_.empty()) err_ << "crash begins: " << printable(told_) << std::endl;
  }

 private:
  std::ostream& err_;
  std::string told_;
};

class Runner {
 public:
  Runner(const ParseConsoleOptions& options, const ParseConsoleIo& io)
      : options_(options),
        io_(io),
        printer_(options.json ? json_crash_printer(io.out) : text_crash_printer(io.out)) {}

  int run() {
    const auto logs = options_.files.empty() ? std::vector<std::string>{"-"} : options_.files;
    if (options_.follow && logs.size() > 1) {
      fail(logs[1], "--follow watches one log; start one rigbisect for each");
    } else if (open_symbols()) {
      for (const auto& log : logs) {
        const auto done = read(log);
        if (!done && done.error().code == Errc::cancelled) return to_int(ExitCode::interrupted);
        if (!done) fail(log, done.error().what);
      }
    }
    warn_of_another_build();
    if (!io_.out) {
      io_.err << "rigbisect parse-console: standard output cannot be written" << std::endl;
      return to_int(ExitCode::host_failed);
    }
    return to_int(status_);
  }

 private:
  bool open_symbols() {
    if (options_.vmlinux.empty()) return true;
    auto opened = Symbolizer::open(options_.vmlinux, options_.modules);
    if (opened) {
      symbolizer_.emplace(std::move(*opened));
    } else {
      status_ = ExitCode::bad_input;
      io_.err << "rigbisect parse-console: " << opened.error().what << std::endl;
    }
    return opened.ok();
  }

  Result<void> read(const std::string& log) {
    if (log == "-") {
      const auto input = options_.follow ? live_input(io_.input) : whole_input(io_.input);
      return options_.follow ? follow(log, *input) : parse(log, *input);
    }
    auto file = open_console_log(log);
    if (!file) return file.error();
    if (!options_.follow) return parse(log, *whole_input(file->get()));
    if (!std::filesystem::is_regular_file(log)) return follow(log, *live_input(file->get()));
    return follow(log, *followed_file(log, std::move(*file), io_.clock));
  }

  Result<void> parse(const std::string& log, ConsoleInput& input) {
    CrashStream stream;
    begin(log);
    Result<void> result;
    for (;;) {
      const auto piece = input.next(io_.stop);
      if (!piece) result = piece.error();
      if (!piece || piece->kind == ConsolePiece::Kind::end) break;
      stream.feed(piece->bytes);
      if (options_.all) print(stream.take_finished());
    }
    if (options_.all) {
      stream.quiet();
      print(stream.take_finished());
    } else if (auto reports = stream.reports(); !reports.empty()) {
      print(reports.front());
    }
    if (result || printed_ > 0) printer_->end();
    return result;
  }

  void begin(const std::string& log) {
    printer_->begin(log);
    printed_ = 0;
  }

  // Each report by itself: a log that grows has no end at which to tell of all of them.
  Result<void> follow(const std::string& log, ConsoleInput& input) {
    using Kind = ConsolePiece::Kind;
    CrashStream stream;
    Announcer announcer(io_.err);
    for (;;) {
      const auto piece = input.next(io_.stop);
      const bool stopped = !piece && piece.error().code == Errc::cancelled;
      const bool at_end = !piece || piece->kind == Kind::end;
      if (!at_end && piece->kind == Kind::bytes) stream.feed(piece->bytes);
      announcer.look(stream);
      if (at_end || piece->kind != Kind::bytes) stream.quiet();
      for (const auto& report : stream.take_finished()) {
        begin(log);
        print(report);
        printer_->end();
      }
      announcer.look(stream);
      if (stopped) return {};
      if (!piece) return piece.error();
      if (at_end) return {};
      if (piece->kind == Kind::restarted) stream.reset();
    }
  }

  void print(const std::vector<CrashReport>& reports) {
    for (const auto& report : reports) print(report);
  }

  void print(const CrashReport& report) {
    printer_->print(symbolizer_ ? symbolizer_->symbolize(report) : report);
    ++printed_;
  }

  void fail(const std::string& log, const std::string& why) {
    status_ = ExitCode::bad_input;
    io_.err << "rigbisect parse-console: " << console_log_name(log) << ": " << why << std::endl;
  }

  void warn_of_another_build() {
    if (!symbolizer_) return;
    const auto& tally = symbolizer_->tally();
    if (tally.frames == 0 || tally.located > 0) return;
    io_.err << "rigbisect parse-console: " << printable(options_.vmlinux.native()) << " knows none of the "
            << tally.frames << " stack frames; is it of another build?" << std::endl;
  }

  const ParseConsoleOptions& options_;
  const ParseConsoleIo& io_;
  std::unique_ptr<CrashPrinter> printer_;
  std::optional<Symbolizer> symbolizer_;
  std::size_t printed_ = 0;  // of this log
  ExitCode status_ = ExitCode::done;
};

}  // namespace

int parse_console(const ParseConsoleOptions& options, const ParseConsoleIo& io) {
  // Log after log takes about the same: giving it back to the kernel in between costs a tenth of the time.
  keep_freed_memory(8U << 20);
  return Runner(options, io).run();
}

void add_parse_console(CLI::App& app, const ParseConsoleIo& io, int& exit_code) {
  auto options = std::make_shared<ParseConsoleOptions>();
  auto* command = app.add_subcommand("parse-console", "Say what crashed in console logs");
  command->add_flag("--all", options->all, "Every crash of a log, not only the first");
  command
      ->add_option_function<std::string>(
          "--format", [options](const std::string& format) { options->json = format == "json"; },
          "text for people, json for programs (one object a log on a line; with --follow one a crash)")
      ->check(CLI::IsMember({"text", "json"}));
  auto* vmlinux = command->add_option(
      "--vmlinux", options->vmlinux,
      "The build's vmlinux with debug information: stack frames get source lines and inlined callers");
  command->add_option("--modules", options->modules, "Directory with the .ko files of the same build")
      ->needs(vmlinux);
  command->add_flag("--follow", options->follow,
                    "Watch a log that grows (or a pipe): tell of a crash as soon as it begins, print every "
                    "report when it is complete");
  command->add_option("files", options->files, "Logs; '-' or none: standard input");
  command->footer(
      "Exit status: 0 parsed, whether or not there was a crash; 2 a log, vmlinux or module directory could "
      "not be read (the\n"
      "other logs are still parsed); 4 standard output cannot be written; 130 interrupted.");
  command->callback([options, &io, &exit_code] { exit_code = parse_console(*options, io); });
}

std::vector<std::string> arguments_of(int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  if (dashes != arguments.end() && std::find(arguments.begin(), dashes, "parse-console") != dashes) {
    for (auto name = dashes + 1; name != arguments.end(); ++name)
      if (name->starts_with('-') && *name != "-") name->insert(0, "./");
    arguments.erase(dashes);
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

}  // namespace rigbisect
