#include "drivers/console/reopening_console.h"

#include <algorithm>

namespace rigbisect {
namespace {
constexpr Duration kRetry = std::chrono::milliseconds(200);
constexpr Duration kFirstOpen = std::chrono::seconds(10);
}  // namespace

Result<std::unique_ptr<SerialConsole>> ReopeningConsole::make(OpenLine open, Clock& clock) {
  std::unique_ptr<ReopeningConsole> console(new ReopeningConsole(std::move(open), clock));
  if (auto first = console->try_open(clock.now() + kFirstOpen, {}); !first) return first.error();
  return std::unique_ptr<SerialConsole>(std::move(console));
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

std::string ReopeningConsole::describe() const {
  const std::lock_guard lock(mutex_);
  return description_;
}

Result<std::shared_ptr<ConsoleLine>> ReopeningConsole::line(Deadline deadline, std::stop_token stop) {
  for (;;) {
    auto open = try_open(deadline, stop);
    if (open || open.error().code == Errc::cancelled) return open;
    if (clock_.now() >= deadline) return Error{Errc::disconnected, open.error().what};
    if (!clock_.sleep_until(std::min(deadline, clock_.now() + kRetry), stop)) {
      return Error{Errc::cancelled, describe() + ": stopped while waiting for it to come back"};
    }
  }
}

Result<std::shared_ptr<ConsoleLine>> ReopeningConsole::try_open(Deadline deadline, std::stop_token stop) {
  const std::lock_guard one_at_a_time(opening_);
  {
    const std::lock_guard lock(mutex_);
    if (line_) return line_;
  }
  auto open = open_(deadline, stop);
  if (!open) return open;
  const std::lock_guard lock(mutex_);
  line_ = *open;
  description_ = line_->describe();
  return open;
}

void ReopeningConsole::lose(const std::shared_ptr<ConsoleLine>& line) {
  const std::lock_guard lock(mutex_);
  if (line_ != line) return;  // the other thread was faster
  line_.reset();
  gap_ = true;
}

bool ReopeningConsole::take_gap() {
  const std::lock_guard lock(mutex_);
  return std::exchange(gap_, false);
}

}  // namespace rigbisect
