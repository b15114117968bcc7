#include "target/session.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/marker.h"
#include "target/system.h"

namespace rigbisect {
namespace {

constexpr auto kSecond = std::chrono::seconds(1);
// How long killed processes may take to go; one stuck in the kernel must not hold up the run.
constexpr auto kReapTime = std::chrono::milliseconds(200);
constexpr auto kReapPause = std::chrono::milliseconds(2);
// Bytes of output taken before the clock is looked at again.
constexpr std::size_t kMostPerTurn = 64 * 1024;

timespec to_timespec(Duration duration) {
  const auto ns = std::max<Duration::rep>(duration.count(), 0);
  return timespec{.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
}

}  // namespace

Session::Session(const Console& console, std::string nonce)
    : console_(console),
      nonce_(std::move(nonce)),
      began_(monotonic_now()),
      next_beat_(began_ + kSecond),
      hello_(send("hello", kernel_release() + " " + kernel_build_id()), began_) {}

std::string Session::send(const std::string& kind, const std::string& payload) {
  std::string line = format_marker(Marker{nonce_, ++seq_, kind, payload});
  console_.say(line);
  return line;
}

void Session::fault(const std::string& what) {
  failed_ = true;
  if (!last_word_) last_word_.emplace(send("fault", what), monotonic_now());
}

void Session::run(const RunConfig& config) {
  const TimePoint end = monotonic_now() + config.duration;
  unsigned long executions = 0;
  do {
    execute(config, ++executions, end);
  } while (!failed_ && !config.once && monotonic_now() < end);
  output_.finish(monotonic_now());
  if (!failed_) last_word_.emplace(send("done", std::to_string(executions)), monotonic_now());
}

void Session::execute(const RunConfig& config, unsigned long number, TimePoint end) {
  console_.restore_level();
  std::string failure;
  // A reproducer that ends within milliseconds would flood the line: only some executions are reported, by
  // number.
  const bool report = execution_reports_.take(monotonic_now());
  if (report) send("start", std::to_string(number));
  auto execution = Execution::start(config, failure);
  if (!execution) return fault(failure);
  out_prefix_ = std::to_string(number) + " ";
  watch(*execution, std::min(end, monotonic_now() + config.per_run));
  if (report) send("exit", out_prefix_ + execution->outcome());
}

void Session::watch(Execution& execution, TimePoint limit) {
  bool open = true;
  while (!execution.reap()) {
    if (monotonic_now() >= limit) {
      Execution::kill_all();
      limit += kSecond;  // a task stuck in the kernel dies later or never: keep beating
    }
    open = open && drain(execution);
    tick(open ? execution.output() : -1, limit);
  }
  reap_leftovers(execution);
  drain(execution);
  output_.end_program(monotonic_now());
}

// False once the other side is closed.
bool Session::drain(Execution& execution) {
  std::array<char, 4096> buffer{};
  for (std::size_t total = 0; total < kMostPerTurn;) {
    const ssize_t got = read(execution.output(), buffer.data(), buffer.size());
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    total += static_cast<std::size_t>(got);
    output_.feed(std::string_view(buffer.data(), static_cast<std::size_t>(got)), monotonic_now());
  }
  return true;
}

void Session::reap_leftovers(Execution& execution) {
  const TimePoint give_up = monotonic_now() + kReapTime;
  Execution::kill_all();
  execution.reap();
  while (Execution::any_left() && monotonic_now() < give_up) {
    tick(-1, monotonic_now() + kReapPause);
    execution.reap();
  }
}

void Session::tick(int fd, TimePoint limit) {
  const TimePoint now = monotonic_now();
  if (now >= next_beat_) {
    send("beat", std::to_string((now - began_) / kSecond));
    next_beat_ = now + kSecond;
  }
  if (now >= hello_.due()) {
    console_.say(hello_.line());
    hello_.sent(now);
  }
  if (last_word_ && now >= last_word_->due()) {
    console_.say(last_word_->line());
    last_word_->sent(now);
  }
  TimePoint wake = std::min({limit, next_beat_, hello_.due()});
  if (last_word_) wake = std::min(wake, last_word_->due());
  pollfd polled{.fd = fd, .events = POLLIN, .revents = 0};
  const timespec left = to_timespec(wake - monotonic_now());
  sigset_t none;
  sigemptyset(&none);
  ppoll(&polled, 1, &left, &none);
}

void Session::wait_for_power_off() {
  for (;;) tick(-1, TimePoint::max());
}

}  // namespace rigbisect
