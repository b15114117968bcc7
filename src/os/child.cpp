#include "os/child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

namespace rigbisect {
namespace {

constexpr int kCloseOnExec = 1 << 2;  // CLOSE_RANGE_CLOEXEC of <linux/close_range.h>

// Runs `child` (async-signal-safe, does not return) in a new process with all signals blocked.
template <typename Function>
Result<pid_t> fork_with(Function child) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // no handler of ours may run in the child
  const pid_t pid = ::fork();
  if (pid == 0) child();
  const int fork_errno = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = fork_errno;
  if (pid < 0) return errno_error("cannot start a process");
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

[[noreturn]] void stand_guard(pid_t group, int line) noexcept {
  char none = 0;
  ::prctl(PR_SET_NAME, "rigbisect-guard");
  if (::dup2(line, 0) < 0 || ::close_range(1, ~0U, 0) != 0) ::_exit(127);
  while (::read(0, &none, 1) < 0 && errno == EINTR) continue;
  ::kill(-group, SIGKILL);
  ::_exit(0);
}

}  // namespace

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error("cannot make a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

Launch::Launch(std::filesystem::path program, std::filesystem::path directory,
               std::vector<std::string> arguments, const std::map<std::string, std::string>& environment)
    : program_(std::move(program)), directory_(std::move(directory)), arguments_(std::move(arguments)) {
  for (const auto& [name, value] : environment) variables_.emplace_back(name).append("=").append(value);
  for (std::string& argument : arguments_) argv_.push_back(argument.data());
  for (std::string& entry : variables_) envp_.push_back(entry.data());
  argv_.push_back(nullptr);
  envp_.push_back(nullptr);
}

void Launch::become(const StandardStreams& streams, int report, pid_t parent) noexcept {
  const char step = prepare(streams, parent);
  if (step == 'x') ::execve(program_.c_str(), argv_.data(), envp_.data());
  const Failure failure{step, errno};
  [[maybe_unused]] const ssize_t written = ::write(report, &failure, sizeof failure);
  ::_exit(127);
}

// 'x' when all is ready for exec, otherwise the step that failed.
char Launch::prepare(const StandardStreams& streams, pid_t parent) noexcept {
  // The death signal comes when the *thread* that forked ends. run_command() blocks in that thread until the
  // child is reaped, so that thread ends first only if the whole process does.
  if (::setpgid(0, 0) != 0 || ::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return 's';
  if (::getppid() != parent) ::_exit(127);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  if (::dup2(streams.input, 0) < 0 || ::dup2(streams.output, 1) < 0 || ::dup2(streams.error, 2) < 0)
    return 's';
  if (::close_range(3, ~0U, kCloseOnExec) != 0) return 's';
  if (!directory_.empty() && ::chdir(directory_.c_str()) != 0) return 'd';
  sigset_t none;
  sigemptyset(&none);
  return ::sigprocmask(SIG_SETMASK, &none, nullptr) == 0 ? 'x' : 's';
}

Error Launch::explain(const Failure& failure) const {
  errno = failure.number;
  if (failure.step == 'd')
    return errno_error("cannot change to the directory " + printable(directory_.native()));
  return errno_error("cannot run " + printable(program_.native()));
}

Guard::~Guard() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  wait_for(pid_);
}

Result<void> Guard::watch(pid_t group) {
  auto line = make_pipe();
  if (!line) return line.error();
  const int end = line->read.get();
  auto pid = fork_with([group, end] { stand_guard(group, end); });
  if (!pid) return pid.error();
  pid_ = *pid;
  line_ = std::move(line->write);
  return {};
}

Result<void> Child::start(Launch& launch, const StandardStreams& streams) {
  auto report = make_pipe();
  if (!report) return report.error();
  const pid_t parent = ::getpid();
  auto pid = fork_with([&] { launch.become(streams, report->write.get(), parent); });
  if (!pid) return pid.error();
  pid_ = *pid;
  report->write.reset();
  Launch::Failure failure{};
  ssize_t count = 0;
  while ((count = ::read(report->read.get(), &failure, sizeof failure)) < 0 && errno == EINTR) continue;
  if (count == sizeof failure) return launch.explain(failure);
  // not pidfd_open(): its header in glibc 2.36 lacks extern "C"
  exited_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!exited_.valid()) return errno_error("cannot watch a process");
  return guard_.watch(pid_);
}

void Child::signal_group(int number) const {
  ::kill(-pid_, number);
}

int Child::reap() {
  if (pid_ < 0) return 0;
  signal_group(SIGKILL);
  return wait_for(std::exchange(pid_, -1));
}

}  // namespace rigbisect
