#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// What the controller tells init about one run: the file /rigbisect/run.conf of the initramfs. The controller
// writes it with format_run_config(), init reads it with parse_run_config(). Lines of `key=value`; empty
// lines and lines that begin with '#' are skipped; in a value \xNN is the byte NN and nothing else may follow
// a backslash.
//
//   nonce=<16 lower-case hex digits>   goes into every marker (base/marker.h)
//   duration_ms=<1..86400000>          how long the reproducer is to be run
//   per_run_ms=<1..86400000>           limit of one execution, default duration_ms
//   once=0|1                           1: execute it once only; default 0: again and again
//   arg=<word>                         repeated: the argument vector, arg[0] is the program
//   env=<NAME=value>                   repeated: the environment, on top of PATH, HOME and TERM
//
// Pure functions, any thread.
namespace rigbisect {

// Where things are in the initramfs.
constexpr std::string_view kRunConfigPath = "/rigbisect/run.conf";
constexpr std::string_view kReproducerPath = "/rigbisect/reproducer";

struct RunConfig {
  std::string nonce;
  std::chrono::milliseconds duration{};
  std::chrono::milliseconds per_run{};
  bool once = false;
  std::vector<std::string> argv;
  std::vector<std::string> environment;

  bool operator==(const RunConfig&) const = default;
};

// Errc::invalid with the line's number for anything that is not as above. At most 64 KiB, 256 words and 256
// variables. Bytes of any kind are fine.
Result<RunConfig> parse_run_config(std::string_view text);

// The file for `config`; parse_run_config() gives the same config back (if it is within the limits).
std::string format_run_config(const RunConfig& config);

}  // namespace rigbisect
