#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace rigbisect {

// A program to run: never a shell line, always an argument vector. The child gets a process group of its own,
// no descriptors but its standard ones, default signal handling and only the environment given here (an
// absent `environment` means clean_environment()). The whole group dies with us, even after kill -9: nothing
// goes on writing into a tree that the next run wants to use. Only what leaves the group (setsid) can stay.
struct Command {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH
  std::filesystem::path directory = {};
  std::optional<std::map<std::string, std::string>> environment = {};
  std::string standard_input = {};  // fed to the child, then closed
  // If it is set: becomes standard input and output instead (one end of a socketpair, say), for a program
  // that is talked to while it runs; what is collected then is stderr. Stays the caller's.
  int connection = -1;
};

struct Finished {
  int exit_code = 0;   // of a normal exit; 128 + signal if it was killed by one
  int signal = 0;      // 0 if it exited
  std::string output;  // stdout and stderr in the order they came, at most `max_output` bytes of the tail
  Duration elapsed{};

  bool ok() const { return signal == 0 && exit_code == 0; }
  std::string describe() const;  // "exit status 2", "killed by signal 9"
};

// PATH, HOME, USER, LOGNAME, TMPDIR, LANG=C.UTF-8 and nothing else: no LD_PRELOAD, no MAKEFLAGS, no GIT_*.
std::map<std::string, std::string> clean_environment();

struct RunOptions {
  Deadline deadline = Deadline::max();
  std::stop_token stop = {};
  std::size_t max_output = 4 << 20;
  // Called with each piece of output as it comes, on the calling thread. May be empty.
  std::function<void(std::string_view)> on_output = {};
};

// Runs it to its end. Blocks. At the deadline (Errc::timeout) or a stop (Errc::cancelled) the whole process
// group gets SIGTERM, after two seconds SIGKILL, and has closed its files before this returns. An exit status
// other than 0 is not an Error: look at Finished. Errors: not_found (no such program), timeout, cancelled,
// io.
Result<Finished> run_command(const Command& command, const RunOptions& options, Clock& clock);

// The full path of a program in PATH, or an error that names it.
Result<std::filesystem::path> find_program(const std::string& name);

}  // namespace rigbisect
