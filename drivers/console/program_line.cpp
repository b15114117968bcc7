#include "drivers/console/program_line.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

constexpr Duration kHangUpTime = 1s;  // for a program to end by itself
constexpr Duration kEndTime = 2s;     // between the end of its output and that of the program
constexpr std::size_t kLongestComplaint = 4096;
constexpr std::size_t kShown = 400;

struct Terminal {
  Fd near_end, far_end;
};

Result<Terminal> make_terminal() {
  termios raw{};
  ::cfmakeraw(&raw);
  raw.c_cflag |= CREAD | CLOCAL;
  int near_end = -1, far_end = -1;
  if (::openpty(&near_end, &far_end, nullptr, &raw, nullptr) != 0)
    return errno_error("cannot make a terminal");
  Terminal terminal{Fd(near_end), Fd(far_end)};
  const bool set = ::fcntl(near_end, F_SETFD, FD_CLOEXEC) == 0 &&
                   ::fcntl(far_end, F_SETFD, FD_CLOEXEC) == 0 && ::fcntl(near_end, F_SETFL, O_NONBLOCK) == 0;
  if (!set) return errno_error("cannot make a terminal");
  return terminal;
}

std::string last_part(std::string_view output) {
  output = trim(output);
  if (output.size() > kShown) output.remove_prefix(output.size() - kShown);
  return printable(output);
}

}  // namespace

Result<std::shared_ptr<ProgramLine>> ProgramLine::start(Command command, std::string name, Clock& clock) {
  auto terminal = make_terminal();
  if (!terminal) return terminal.error().within(name);
  std::shared_ptr<ProgramLine> line(new ProgramLine(std::move(terminal->near_end), std::move(name), clock));
  line->thread_ = std::jthread([self = line.get(), command = std::move(command),
                                far_end = std::move(terminal->far_end)](const std::stop_token& stop) mutable {
    self->run(std::move(command), std::move(far_end), stop);
  });
  return line;
}

ProgramLine::~ProgramLine() {
  terminal_.reset();
  (void)ended_by(clock_.now() + kHangUpTime);
  thread_.request_stop();
  thread_.join();
}

// The far end is let go last: the reader meets the end of the output when the reason for it is known.
void ProgramLine::run(Command command, Fd far_end, const std::stop_token& stop) {
  command.connection = far_end.get();
  auto done = run_command(command, {.stop = stop, .max_output = kLongestComplaint}, clock_);
  const std::lock_guard lock(mutex_);
  end_ = std::move(done);
  changed_.notify_all();
}

bool ProgramLine::ended_by(Deadline deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [this] { return end_.has_value(); });
}

std::string ProgramLine::complaint() {
  const std::lock_guard lock(mutex_);
  return end_ && *end_ ? (*end_)->output : "";
}

Error ProgramLine::gone() {
  if (!ended_by(clock_.now() + kEndTime)) {
    return Error{Errc::disconnected, name_ + ": the program closed its output"};
  }
  const std::lock_guard lock(mutex_);
  if (!*end_) return Error{Errc::disconnected, name_ + ": " + end_->error().what};
  const std::string said = last_part((*end_)->output);
  return Error{Errc::disconnected, name_ + ": the program ended with " + (*end_)->describe() +
                                       (said.empty() ? " and said nothing" : " and said: " + said)};
}

Result<std::size_t> ProgramLine::read(std::span<char> into, Deadline deadline, std::stop_token stop) {
  const std::array<int, 1> fds{terminal_.get()};
  for (;;) {
    if (auto ready = wait_ready(fds, false, deadline, stop); !ready) return ready.error().within(name_);
    const ssize_t count = ::read(terminal_.get(), into.data(), into.size());
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) return gone();
  }
}

Result<void> ProgramLine::write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) {
  const std::array<int, 1> fds{terminal_.get()};
  while (!bytes.empty()) {
    if (auto ready = wait_ready(fds, true, deadline, stop); !ready) return ready.error().within(name_);
    const ssize_t count = ::write(terminal_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno != EAGAIN && errno != EINTR) return gone();
    if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace rigbisect
