#include "os/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "os/child.h"
#include "os/fd.h"
#include "os/stop_event.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;
using Environment = std::map<std::string, std::string>;

constexpr Duration kGrace = std::chrono::seconds(2);

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
    if (ending_) {
      await_end_of_output();
      return *ending_;
    }
    while (output_.valid() && read_output()) continue;
    return {};
  }

  // SIGKILL takes effect a moment later. Once the last of the group has let go of the output it has closed
  // its other files too. Something that left the group can hold the output for ever, so there is a limit.
  void await_end_of_output() {
    kill_at_ = clock_.now() + kGrace;
    while (output_.valid() && clock_.now() < kill_at_) {
      pollfd polled{output_.get(), POLLIN, 0};
      const timespec timeout = remaining();
      if (::ppoll(&polled, 1, &timeout, nullptr) < 0 && errno != EINTR) return;
      while (output_.valid() && read_output()) continue;
    }
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

  Launch launch(std::move(*program), command.directory, command.argv, environment);
  const TimePoint began = clock.now();
  Child child;
  const bool talking = command.connection >= 0;
  const StandardStreams streams{.input = talking ? command.connection : input->get(),
                                .output = talking ? command.connection : output->write.get(),
                                .error = output->write.get()};
  if (auto started = child.start(launch, streams); !started) return started.error();
  output->write.reset();
  Watch watch(child, std::move(output->read), options, clock);
  const auto end = watch.follow();
  const int status = child.reap();
  if (!end) return end.error().within(name);
  return finished(status, watch.take_output(), clock.now() - began);
}

}  // namespace rigbisect
