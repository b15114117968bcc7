#include "os/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "os/fd.h"
#include "os/stop_event.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;
using Environment = std::map<std::string, std::string>;

constexpr Duration kGrace = std::chrono::seconds(2);
constexpr unsigned kCloseOnExec = 1U << 2;  // CLOSE_RANGE_CLOEXEC of <linux/close_range.h>

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error("cannot make a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// A file in memory, so that nobody has to feed the child while it runs and no SIGPIPE can reach us.
Result<Fd> make_standard_input(const std::string& content) {
  Fd fd(content.empty() ? ::open("/dev/null", O_RDONLY | O_CLOEXEC) : ::memfd_create("stdin", MFD_CLOEXEC));
  if (!fd.valid()) return errno_error("cannot make the standard input");
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t count = ::write(fd.get(), content.data() + done, content.size() - done);
    if (count < 0) return errno_error("cannot make the standard input");
    done += static_cast<std::size_t>(count);
  }
  if (!content.empty()) ::lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

Result<fs::path> find_in(const std::string& name, const std::string& search_path) {
  if (name.empty()) return Error{Errc::invalid, "the command is empty"};
  if (name.find('/') != std::string::npos) return fs::path(name);
  for (const std::string_view directory : split(search_path, ':')) {
    const fs::path candidate = fs::path(directory.empty() ? "." : directory) / name;
    std::error_code error;
    if (fs::is_regular_file(candidate, error) && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return Error{Errc::not_found, "the program '" + printable(name) + "' is not in PATH: is it installed?"};
}

std::string variable(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

// Everything the child needs, laid out before the fork: after it, only async-signal-safe calls are allowed,
// because another thread of ours may have held the allocator's lock.
class Launch {
 public:
  Launch(const Command& command, const Environment& environment, fs::path program)
      : program_(std::move(program)), directory_(command.directory.native()), arguments_(command.argv) {
    for (const auto& [name, value] : environment) variables_.push_back(name + "=" + value);
    for (std::string& argument : arguments_) argv_.push_back(argument.data());
    for (std::string& entry : variables_) envp_.push_back(entry.data());
    argv_.push_back(nullptr);
    envp_.push_back(nullptr);
  }

  // What failed in the child, sent over the report pipe.
  struct Failure {
    char step;  // 'd' directory, 'x' exec, 's' anything else
    int number;
  };

  // Runs in the child and does not return.
  [[noreturn]] void become(int input, int output, int report, pid_t parent) noexcept {
    const char step = prepare(input, output, parent);
    if (step == 'x') ::execve(program_.c_str(), argv_.data(), envp_.data());
    const Failure failure{step, errno};
    [[maybe_unused]] const ssize_t written = ::write(report, &failure, sizeof failure);
    ::_exit(127);
  }

  Error explain(const Failure& failure) const {
    errno = failure.number;
    if (failure.step == 'd') return errno_error("cannot change to the directory " + printable(directory_));
    return errno_error("cannot run " + printable(program_.native()));
  }

 private:
  // 'x' when all is ready for exec, otherwise the step that failed.
  char prepare(int input, int output, pid_t parent) noexcept {
    // The death signal comes when the *thread* that forked ends. run_command() blocks in that thread until
    // the child is reaped, so that thread ends first only if the whole process does.
    if (::setpgid(0, 0) != 0 || ::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return 's';
    if (::getppid() != parent) ::_exit(127);
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    if (::dup2(input, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(output, 2) < 0) return 's';
    if (::close_range(3, ~0U, static_cast<int>(kCloseOnExec)) != 0) return 's';
    if (!directory_.empty() && ::chdir(directory_.c_str()) != 0) return 'd';
    sigset_t none;
    sigemptyset(&none);
    return ::sigprocmask(SIG_SETMASK, &none, nullptr) == 0 ? 'x' : 's';
  }

  fs::path program_;
  std::string directory_;
  std::vector<std::string> arguments_;
  std::vector<std::string> variables_;
  std::vector<char*> argv_;
  std::vector<char*> envp_;
};

// A started child: leader of its own process group. Its destructor leaves nothing of the group behind.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid), exited_(::pidfd_open(pid, 0)) {}
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), exited_(std::move(other.exited_)) {}
  Child& operator=(Child&&) = delete;
  ~Child() { reap(); }

  int exit_fd() const { return exited_.get(); }
  void signal_group(int number) const { ::kill(-pid_, number); }

  // The wait status. Kills what is left of the group first: its id cannot be reused before the leader is
  // reaped.
  int reap() {
    int status = 0;
    if (pid_ < 0) return status;
    signal_group(SIGKILL);
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
  Fd exited_;
};

Result<Child> start(Launch& launch, const Fd& input, const Fd& output) {
  auto report = make_pipe();
  if (!report) return report.error();
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // no handler of ours may run in the child
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) launch.become(input.get(), output.get(), report->write.get(), parent);
  const int fork_errno = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) {
    errno = fork_errno;
    return errno_error("cannot start a process");
  }
  Child child(pid);
  if (child.exit_fd() < 0) return errno_error("cannot watch a process");
  report->write.reset();
  Launch::Failure failure{};
  ssize_t count = 0;
  while ((count = ::read(report->read.get(), &failure, sizeof failure)) < 0 && errno == EINTR) continue;
  if (count == sizeof failure) return launch.explain(failure);
  return child;
}

// Follows a child to its end: output in, deadline and stop watched.
class Watch {
 public:
  Watch(Child& child, Fd output, const RunOptions& options, Clock& clock)
      : child_(child), output_(std::move(output)), options_(options), clock_(clock), stopped_(options.stop) {}

  // Success when the child ended by itself, else why it was made to end. The child may still have to be
  // reaped.
  Result<void> follow() {
    if (stopped_.failed()) return errno_error("cannot make an event descriptor");
    if (::fcntl(output_.get(), F_SETFL, O_NONBLOCK) != 0) return errno_error("cannot read from a process");
    for (;;) {
      const bool stop = !ending_ && options_.stop.stop_requested();
      if (stop) end(Error{Errc::cancelled, "stopped"});
      std::array<pollfd, 3> polled{{{child_.exit_fd(), POLLIN, 0},
                                    {output_.get(), POLLIN, 0},
                                    {ending_ ? -1 : stopped_.fd(), POLLIN, 0}}};
      const timespec timeout = remaining();
      const bool forever = limit() == Deadline::max();
      const int count = ::ppoll(polled.data(), polled.size(), forever ? nullptr : &timeout, nullptr);
      if (count < 0 && errno != EINTR) return errno_error("cannot wait for a process");
      if (polled[1].revents != 0) read_output();
      if (polled[0].revents != 0) return ended();
      if (count == 0) expire();
    }
  }

  std::string take_output() {
    if (tail_.size() > options_.max_output) tail_.erase(0, tail_.size() - options_.max_output);
    return std::move(tail_);
  }

 private:
  Deadline limit() const { return ending_ ? kill_at_ : options_.deadline; }

  timespec remaining() const {
    const auto left = std::max(limit() - clock_.now(), Duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    return {static_cast<time_t>(seconds.count()), static_cast<long>((left - seconds).count())};
  }

  void expire() {
    if (!ending_) return end(Error{Errc::timeout, "it did not end in time"});
    child_.signal_group(SIGKILL);
    kill_at_ = Deadline::max();
  }

  void end(Error why) {
    ending_ = std::move(why);
    kill_at_ = clock_.now() + kGrace;
    child_.signal_group(SIGTERM);
  }

  Result<void> ended() {
    child_.signal_group(SIGKILL);  // background processes it left: nothing outlives the call
    while (output_.valid() && read_output()) continue;
    if (ending_) return *ending_;
    return {};
  }

  // True if there may be more to read at once.
  bool read_output() {
    std::array<char, 64u << 10> buffer;
    const ssize_t count = ::read(output_.get(), buffer.data(), buffer.size());
    if (count == 0) output_.reset();
    if (count <= 0) return count < 0 && errno == EINTR;
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(count));
    if (options_.on_output) options_.on_output(piece);
    tail_ += piece;
    if (tail_.size() > 2 * options_.max_output) tail_.erase(0, tail_.size() - options_.max_output);
    return true;
  }

  Child& child_;
  Fd output_;
  const RunOptions& options_;
  Clock& clock_;
  StopEvent stopped_;
  std::string tail_;
  std::optional<Error> ending_;
  TimePoint kill_at_{};
};

Finished finished(int status, std::string output, Duration elapsed) {
  Finished result{.output = std::move(output), .elapsed = elapsed};
  if (WIFSIGNALED(status)) {
    result.signal = WTERMSIG(status);
    result.exit_code = 128 + result.signal;
  } else {
    result.exit_code = WEXITSTATUS(status);
  }
  return result;
}

}  // namespace

std::string Finished::describe() const {
  if (signal != 0) return "killed by signal " + std::to_string(signal);
  return "exit status " + std::to_string(exit_code);
}

Environment clean_environment() {
  Environment environment{{"LANG", "C.UTF-8"},
                          {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}};
  for (const char* name : {"PATH", "HOME", "USER", "LOGNAME", "TMPDIR"}) {
    if (const char* value = std::getenv(name)) environment[name] = value;  // NOLINT(concurrency-mt-unsafe)
  }
  return environment;
}

Result<fs::path> find_program(const std::string& name) {
  auto found = find_in(name, variable(clean_environment(), "PATH"));
  if (found && ::access(found->c_str(), X_OK) != 0) return errno_error("cannot run " + printable(name));
  return found;
}

Result<Finished> run_command(const Command& command, const RunOptions& options, Clock& clock) {
  if (command.argv.empty()) return Error{Errc::invalid, "the command is empty"};
  const std::string name = printable(command.argv[0]);
  if (options.stop.stop_requested()) return Error{Errc::cancelled, name + ": stopped"};
  const Environment environment = command.environment.value_or(clean_environment());
  auto program = find_in(command.argv[0], variable(environment, "PATH"));
  if (!program) return program.error();
  auto input = make_standard_input(command.standard_input);
  if (!input) return input.error();
  auto output = make_pipe();
  if (!output) return output.error();

  Launch launch(command, environment, std::move(*program));
  const TimePoint began = clock.now();
  auto child = start(launch, *input, output->write);
  if (!child) return child.error();
  output->write.reset();
  Watch watch(*child, std::move(output->read), options, clock);
  const auto end = watch.follow();
  const int status = child->reap();
  if (!end) return end.error().within(name);
  return finished(status, watch.take_output(), clock.now() - began);
}

}  // namespace rigbisect
