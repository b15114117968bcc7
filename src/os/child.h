#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"
#include "os/fd.h"

// Starting a process properly from a program with threads. For src/os/process.cpp.
namespace rigbisect {

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe();

// The descriptors that a program gets as its standard ones.
struct StandardStreams {
  int input;
  int output;
  int error;
};

// What to execute, laid out before the fork: after it, only async-signal-safe calls are allowed, because
// another thread of ours may have held the allocator's lock.
class Launch {
 public:
  Launch(std::filesystem::path program, std::filesystem::path directory, std::vector<std::string> arguments,
         const std::map<std::string, std::string>& environment);

  // What failed in the child, sent over the report pipe.
  struct Failure {
    char step;   // 'd' directory, 'x' exec, 's' anything else
    int number;  // errno
  };

  // Runs in the child: executes the program, or sends a Failure over `report`.
  [[noreturn]] void become(const StandardStreams& streams, int report, pid_t parent) noexcept;

  Error explain(const Failure& failure) const;

 private:
  char prepare(const StandardStreams& streams, pid_t parent) noexcept;

  std::filesystem::path program_;
  std::filesystem::path directory_;
  std::vector<std::string> arguments_;
  std::vector<std::string> variables_;
  std::vector<char*> argv_;
  std::vector<char*> envp_;
};

// Kills a process group when we die. The death signal (PR_SET_PDEATHSIG) reaches only the leader of a group;
// its children (make's compilers) would go on in a tree that the next run of rigbisect wants to use. So each
// group has a guard: a process that waits until a pipe, whose other end only we hold, is closed by our death.
class Guard {
 public:
  Guard() = default;
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  Result<void> watch(pid_t group);

 private:
  pid_t pid_ = -1;
  Fd line_;
};

// A started process: leader of its own process group. Its destructor leaves nothing of the group behind. Must
// be reaped by the thread that started it.
class Child {
 public:
  Child() = default;
  ~Child() { reap(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Returns when the program runs, or why it does not.
  Result<void> start(Launch& launch, const StandardStreams& streams);

  // Becomes readable when the leader has ended.
  int exit_fd() const { return exited_.get(); }
  void signal_group(int number) const;

  // The wait status. Kills what is left of the group first: its id cannot be reused before the leader is
  // reaped.
  int reap();

 private:
  pid_t pid_ = -1;
  Fd exited_;
  Guard guard_;
};

}  // namespace rigbisect
