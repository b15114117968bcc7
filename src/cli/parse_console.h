#pragma once

#include <filesystem>
#include <iosfwd>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"

namespace CLI {
class App;
}

// `rigbisect parse-console`: what crashed in these console logs? For people (title first, then the report) or
// for programs (one JSON object a log on a line of its own).
namespace rigbisect {

struct ParseConsoleOptions {
  bool all = false;                // every crash of a log, not only the first
  bool json = false;               // for programs
  bool follow = false;             // one live log: tell when a crash begins, print each as it completes
  std::filesystem::path vmlinux;   // with debug information: positions for the frames; "" for none
  std::filesystem::path modules;   // directory with the modules of the same build; "" for none
  std::vector<std::string> files;  // "-" or none at all: standard input
};

// The world, passed in. All references outlive the call.
struct ParseConsoleIo {
  int input;  // descriptor of standard input
  std::ostream& out;
  std::ostream& err;
  Clock& clock;
  std::stop_token stop;
};

// Blocks until all inputs are read; with `follow` until a stop or, for standard input and FIFOs, until the
// writer is gone. Logs are read in pieces: memory does not grow with their size, nor with the number of
// crashes. Returns the exit status: 0 parsed, whether or not there was a crash (or followed and stopped); 2
// an input, vmlinux or its modules could not be read (said on `err`; the other logs are still parsed), or the
// options do not fit together; 4 nothing can be printed; 130 stopped.
int parse_console(const ParseConsoleOptions& options, const ParseConsoleIo& io);

// Adds the subcommand. Its callback runs it and stores the exit status. `io` outlives `app`.
void add_parse_console(CLI::App& app, const ParseConsoleIo& io, int& exit_code);

// The arguments of a program, without its name, for CLI::App::parse() (which takes them from the back): what
// stands behind "--" of parse-console are names of files ("./-log"). CLI11 takes "--" only in front of the
// first name.
std::vector<std::string> arguments_of(int argc, const char* const* argv);

}  // namespace rigbisect
