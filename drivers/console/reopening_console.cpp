#include "drivers/console/reopening_console.h"

#include <algorithm>

namespace rigbisect {
namespace {
constexpr Duration kRetry = std::chrono::milliseconds(200);
constexpr Duration kBreak = std::chrono::milliseconds(300);
}  // namespace

Result<void> ConsoleLine::send_break(Deadline, std::stop_token) {
  return Error{Errc::invalid, describe() + ": a break cannot be sent through this kind of console"};
}

Result<void> hold_break(Clock& clock, const std::function<Result<void>(bool)>& set, std::stop_token stop) {
  if (auto begun = set(true); !begun) return begun;
  const bool held = clock.sleep_until(clock.now() + kBreak, stop);
  if (auto ended = set(false); !ended) return ended;
  if (!held) return Error{Errc::cancelled, "stopped during a break"};
  return {};
}

Result<std::unique_ptr<SerialConsole>> ReopeningConsole::make(OpenLine open, Clock& clock,
                                                              Duration open_time) {
  std::unique_ptr<ReopeningConsole> console(new ReopeningConsole(std::move(open), clock, open_time));
  if (auto first = console->attempt(Deadline::max(), {}); !first) return first.error();
  return std::unique_ptr<SerialConsole>(std::move(console));
}

ReopeningConsole::~ReopeningConsole() {
  opener_.request_stop();
  if (opener_.joinable()) opener_.join();
}

Result<std::size_t> ReopeningConsole::read(std::span<char> into, Deadline deadline, std::stop_token stop) {
  if (take_gap()) return Error{Errc::disconnected, describe() + " was lost for a while"};
  auto open = line(deadline, stop);
  if (!open) return open.error();
  auto count = (*open)->read(into, deadline, stop);
  if (count || count.error().code != Errc::disconnected) return count;
  lose(*open);
  take_gap();
  return count;
}

Result<void> ReopeningConsole::write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) {
  auto open = line(deadline, stop);
  if (!open) return open.error();
  auto written = (*open)->write(bytes, deadline, stop);
  if (!written && written.error().code == Errc::disconnected) lose(*open);
  return written;
}

std::optional<LineErrors> ReopeningConsole::line_errors() {
  const std::lock_guard lock(mutex_);
  auto errors = line_ ? line_->line_errors() : std::optional<LineErrors>();
  if (!errors && !earlier_.any()) return std::nullopt;
  LineErrors all = earlier_;
  if (errors) all += *errors;
  return all;
}

std::optional<bool> ReopeningConsole::driven() {
  const std::lock_guard lock(mutex_);
  return line_ ? line_->lines_driven() : std::nullopt;
}

Result<void> ReopeningConsole::send_break(Deadline deadline, std::stop_token stop) {
  auto open = line(deadline, stop);
  if (!open) return open.error();
  auto sent = (*open)->send_break(deadline, stop);
  if (!sent && sent.error().code == Errc::disconnected) lose(*open);
  return sent;
}

Duration ReopeningConsole::buffered() const {
  const std::lock_guard lock(mutex_);
  return line_ ? line_->buffered() : kBuffered;
}

std::string ReopeningConsole::describe() const {
  const std::lock_guard lock(mutex_);
  return description_;
}

Result<ReopeningConsole::Line> ReopeningConsole::line(Deadline deadline, std::stop_token stop) {
  for (;;) {
    auto open = attempt(deadline, stop);
    if (open || open.error().code == Errc::cancelled) return open;
    if (clock_.now() >= deadline) return Error{Errc::disconnected, open.error().what};
    if (!clock_.sleep_until(std::min(deadline, clock_.now() + kRetry), stop)) {
      return Error{Errc::cancelled, describe() + ": stopped while waiting for it to come back"};
    }
  }
}

Result<ReopeningConsole::Line> ReopeningConsole::attempt(Deadline deadline, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (line_) return line_;
  if (!opening_) {
    opening_ = true;
    opener_ = std::jthread([this](const std::stop_token& end) { open(end); });
  }
  opened_.wait_until(lock, stop, deadline, [this] { return !opening_; });
  if (line_) return line_;
  if (stop.stop_requested())
    return Error{Errc::cancelled, description_ + ": stopped while it is being opened"};
  return failure_.value_or(Error{Errc::disconnected, description_ + " was lost and is being opened again"});
}

void ReopeningConsole::open(const std::stop_token& stop) {
  auto opened = open_(clock_.now() + open_time_, stop);
  const std::lock_guard lock(mutex_);
  opening_ = false;
  failure_.reset();
  if (opened) {
    line_ = *opened;
    description_ = line_->describe();
  } else {
    failure_ = opened.error();
  }
  opened_.notify_all();
}

void ReopeningConsole::lose(const std::shared_ptr<ConsoleLine>& line) {
  const std::lock_guard lock(mutex_);
  if (line_ != line) return;  // the other thread was faster
  if (const auto errors = line_->line_errors()) earlier_ += *errors;
  line_.reset();
  gap_ = true;
}

bool ReopeningConsole::take_gap() {
  const std::lock_guard lock(mutex_);
  return std::exchange(gap_, false);
}

}  // namespace rigbisect
