#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "target/run_config.h"

namespace rigbisect {

// One execution of the reproducer: a process group of its own, working in /tmp, standard input from
// /dev/null, output and errors into one pipe. As init runs nothing else, the end of an execution is the end
// of every process.
class Execution {
 public:
  // Starts it. `failure` is set to "cannot execute ...: reason" and nothing runs if that is impossible.
  static std::optional<Execution> start(const RunConfig& config, std::string& failure);

  Execution(Execution&& other) noexcept;
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;
  Execution& operator=(Execution&&) = delete;
  ~Execution();

  // The read end of the output, non-blocking.
  int output() const { return output_; }

  // Kills everything but init.
  static void kill_all();

  // Whether any process but init exists that reap() has not collected.
  static bool any_left();

  // Collects every process that has ended. Does not block. True once the reproducer itself is among them.
  bool reap();

  // "0", "1", "signal 11". REQUIRES: reap() was true
  std::string outcome() const;

 private:
  Execution(pid_t pid, int output) : pid_(pid), output_(output) {}

  pid_t pid_;
  int output_;
  int status_ = 0;
  bool ended_ = false;
};

}  // namespace rigbisect
