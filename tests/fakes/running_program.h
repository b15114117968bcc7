#pragma once

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/fd.h"

namespace rigbisect {

// A server of somebody else's that a test talks to: started here, ended here, by its pid. Dies with us.
class RunningProgram {
 public:
  // `log` gets what it prints.
  RunningProgram(std::vector<std::string> argv, const std::filesystem::path& log) {
    std::vector<char*> arguments;
    for (std::string& word : argv) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const Fd output(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(output.get(), STDOUT_FILENO);
      ::dup2(output.get(), STDERR_FILENO);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
    exited_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  }
  ~RunningProgram() {
    ::kill(pid_, SIGTERM);
    pollfd polled{exited_.get(), POLLIN, 0};
    if (::poll(&polled, 1, 3000) != 1) ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  bool runs() const {
    pollfd polled{exited_.get(), POLLIN, 0};
    return ::poll(&polled, 1, 0) == 0;
  }

 private:
  pid_t pid_ = -1;
  Fd exited_;
};

inline bool has_program(const std::string& name) {
  for (const char* directory : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/", "/usr/local/bin/"}) {
    if (::access((directory + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

// A port of 127.0.0.1 where nobody listens at the moment. `type`: SOCK_STREAM or SOCK_DGRAM.
inline int free_port(int type) {
  const Fd socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), generic, size) != 0 || ::getsockname(socket.get(), generic, &size) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

}  // namespace rigbisect
