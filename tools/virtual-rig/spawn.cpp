#include "spawn.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <initializer_list>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rigbisect::rig {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& text : strings)
    result.push_back(const_cast<char*>(text.c_str()));  // NOLINT: exec's type
  result.push_back(nullptr);
  return result;
}

// Runs in the child, where only async-signal-safe calls are allowed.
[[noreturn]] void become(const Program& program, char* const* argv, char* const* environment, int input,
                         pid_t parent) {
  const auto fail = [&] {
    const char* reason = ::strerrordesc_np(errno);
    for (const char* part : std::initializer_list<const char*>{argv[0], ": ", reason, "\n"}) {
      [[maybe_unused]] const auto written = ::write(2, part, std::strlen(part));
    }
    ::_exit(127);
  };
  if (program.death_signal != 0) ::prctl(PR_SET_PDEATHSIG, program.death_signal);
  if (::getppid() != parent) ::_exit(127);
  if (program.own_group) ::setpgid(0, 0);
  if (program.output >= 0 &&
      (::dup2(input, 0) < 0 || ::dup2(program.output, 1) < 0 || ::dup2(program.output, 2) < 0))
    fail();
  for (const int fd : program.inherited) ::fcntl(fd, F_SETFD, 0);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execvpe(argv[0], argv, environment);
  fail();
  ::_exit(127);
}

}  // namespace

Result<pid_t> spawn(const Program& program) {
  const std::vector<char*> argv = pointers(program.argv);
  const std::vector<char*> environment = pointers(program.environment);
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null.valid()) return errno_error("/dev/null");
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return errno_error("fork");
  if (pid == 0) become(program, argv.data(), environment.data(), null.get(), parent);
  return pid;
}

Result<Fd> watch_process(pid_t pid) {
  Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!fd.valid()) return errno_error("pidfd_open");
  return fd;
}

void kill_and_reap(pid_t pid) {
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace rigbisect::rig
