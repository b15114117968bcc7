#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
}

// `rigbisect parse-console`: what crashed in these console logs? For people (title first, then the report) or
// for programs (one JSON object a log on a line of its own).
namespace rigbisect {

struct ParseConsoleOptions {
  bool all = false;                // every crash of a log, not only the first
  bool json = false;               // for programs
  bool follow = false;             // live inputs: tell on `err` when a crash begins, print at the end
  std::vector<std::string> files;  // "-" or none at all: standard input
};

// Blocks until all inputs are read; with `follow` until the input ends. Files are read in pieces: memory does
// not grow with their size. Directories and devices are refused. Returns the exit status: 0 parsed, whether
// or not there was a crash; 2 an input could not be read (said on `err`; the others were still parsed).
int parse_console(const ParseConsoleOptions& options, std::istream& in, std::ostream& out, std::ostream& err);

// Adds the subcommand. Its callback runs it on the standard streams and stores the exit status.
void add_parse_console(CLI::App& app, int& exit_code);

}  // namespace rigbisect
