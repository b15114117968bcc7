#include "target/execution.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rigbisect {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (const auto& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> full_environment(const RunConfig& config) {
  std::vector<std::string> out = {"PATH=/rigbisect:/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/tmp", "TERM=dumb"};
  // getenv() finds the first one, so what the recipe says stands in front.
  out.insert(out.begin(), config.environment.begin(), config.environment.end());
  return out;
}

// In the child: the default signal handling and priority that any program expects.
void undo_init_settings() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  setpriority(PRIO_PROCESS, 0, 0);
}

[[noreturn]] void run_child(char* const* argv, char* const* environment, int output, int error_pipe) {
  setsid();
  const int null = open("/dev/null", O_RDONLY);
  if (null >= 0) dup2(null, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  if (null > STDERR_FILENO) close(null);
  undo_init_settings();
  if (chdir("/tmp") != 0 && chdir("/") != 0) _exit(127);
  execve(argv[0], argv, environment);
  const int reason = errno;
  while (write(error_pipe, &reason, sizeof reason) < 0 && errno == EINTR) {
  }
  _exit(127);
}

// The child's errno if its execve() failed; the pipe is closed without a byte if it worked.
int exec_error(int pipe) {
  int reason = 0;
  ssize_t got = 0;
  do {
    got = read(pipe, &reason, sizeof reason);
  } while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof reason) ? reason : 0;
}

void close_both(const std::array<int, 2>& pipe) {
  close(pipe[0]);
  close(pipe[1]);
}

}  // namespace

std::optional<Execution> Execution::start(const RunConfig& config, std::string& failure) {
  const std::vector<std::string> variables = full_environment(config);
  const std::vector<char*> argv = pointers(config.argv);
  const std::vector<char*> environment = pointers(variables);
  std::array<int, 2> output{};
  std::array<int, 2> errors{};
  if (pipe2(output.data(), O_CLOEXEC) != 0) {
    failure = std::string("cannot make a pipe: ") + strerror(errno);
    return std::nullopt;
  }
  if (pipe2(errors.data(), O_CLOEXEC) != 0) {
    failure = std::string("cannot make a pipe: ") + strerror(errno);
    close_both(output);
    return std::nullopt;
  }
  const pid_t pid = fork();
  if (pid == 0) run_child(argv.data(), environment.data(), output[1], errors[1]);
  const int fork_error = errno;
  close(output[1]);
  close(errors[1]);
  const int reason = pid < 0 ? fork_error : exec_error(errors[0]);
  close(errors[0]);
  if (reason != 0) {
    if (pid > 0) waitpid(pid, nullptr, 0);
    close(output[0]);
    failure = "cannot execute " + config.argv[0] + ": " + strerror(reason);
    return std::nullopt;
  }
  fcntl(output[0], F_SETFL, O_NONBLOCK);
  return Execution(pid, output[0]);
}

Execution::Execution(Execution&& other) noexcept
    : pid_(other.pid_),
      output_(std::exchange(other.output_, -1)),
      status_(other.status_),
      ended_(other.ended_) {}

Execution::~Execution() {
  if (output_ >= 0) close(output_);
}

void Execution::kill_all() {
  kill(-1, SIGKILL);
}

bool Execution::any_left() {
  siginfo_t info{};
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

bool Execution::reap() {
  for (;;) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return ended_;
    if (pid != pid_) continue;
    status_ = status;
    ended_ = true;
  }
}

std::string Execution::outcome() const {
  if (WIFSIGNALED(status_)) return "signal " + std::to_string(WTERMSIG(status_));
  return std::to_string(WEXITSTATUS(status_));
}

}  // namespace rigbisect
