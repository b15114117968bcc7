#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"
#include "os/fd.h"

namespace rigbisect::rig {

// A program that runs beside us, unlike those that os/process.h runs to their end: QEMU, and the COMMAND of
// the shelf.
struct Program {
  std::vector<std::string> argv;         // argv[0] is a path, or looked up in PATH
  std::vector<std::string> environment;  // "NAME=value"
  std::vector<int> inherited;            // descriptors it gets under their own numbers, besides 0, 1 and 2
  int output = -1;         // stdout and stderr; -1: ours, and our stdin too. Otherwise stdin is /dev/null
  bool own_group = false;  // a process group of its own: the terminal's Ctrl-C does not reach it
  int death_signal = 0;    // sent to it when we die, whatever the reason
};

// Returns its process id. The program must be started by the thread that lives longest (death_signal is sent
// when that thread ends). A program that cannot be executed ends with status 127 and a message on its stderr.
Result<pid_t> spawn(const Program& program);

// Becomes readable when the process ends.
Result<Fd> watch_process(pid_t pid);

// Sends SIGKILL and waits until it is gone; at most some tens of milliseconds.
void kill_and_reap(pid_t pid);

}  // namespace rigbisect::rig
