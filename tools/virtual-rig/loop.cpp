#include "loop.h"

#include <array>
#include <cerrno>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace rigbisect::rig {
namespace {

void drain(int fd) {
  std::uint64_t ignored = 0;
  while (::read(fd, &ignored, sizeof ignored) > 0) {
  }
}

}  // namespace

Result<std::unique_ptr<Loop>> Loop::create(Clock& clock) {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return errno_error("epoll_create1");
  Fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer.valid()) return errno_error("timerfd_create");
  Fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return errno_error("eventfd");

  std::unique_ptr<Loop> loop(new Loop(clock, std::move(epoll), std::move(timer), std::move(wake)));
  Loop* self = loop.get();
  if (auto ok = loop->watch(self->timer_.get(), [self] { drain(self->timer_.get()); }); !ok)
    return ok.error();
  if (auto ok = loop->watch(self->wake_.get(), [self] { drain(self->wake_.get()); }); !ok) return ok.error();
  return loop;
}

Result<void> Loop::watch(int fd, Handler handler) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) return errno_error("epoll_ctl");
  watches_[fd] = std::make_shared<Handler>(std::move(handler));
  return {};
}

void Loop::unwatch(int fd) {
  if (watches_.erase(fd) > 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

Loop::TimerId Loop::at(TimePoint when, Handler handler) {
  const TimerId id{when, next_timer_++};
  timers_.emplace(id, std::move(handler));
  return id;
}

void Loop::post(Handler handler) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(handler));
  }
  const std::uint64_t one = 1;
  // The counter can only be full when a wake-up is already pending.
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void Loop::arm_timer() {
  itimerspec spec{};
  if (!timers_.empty()) {
    const auto when = timers_.begin()->first.first.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
    spec.it_value.tv_sec = seconds.count();
    spec.it_value.tv_nsec = std::chrono::nanoseconds(when - seconds).count();
    if (spec.it_value.tv_sec == 0 && spec.it_value.tv_nsec == 0) spec.it_value.tv_nsec = 1;
  }
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

void Loop::run_due_timers() {
  const TimePoint now = clock_.now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    const auto node = timers_.extract(timers_.begin());
    node.mapped()();
  }
}

void Loop::run_posted() {
  std::vector<Handler> work;
  {
    const std::lock_guard lock(mutex_);
    work.swap(posted_);
  }
  for (const Handler& handler : work) handler();
}

void Loop::run() {
  running_ = true;
  std::array<epoll_event, 32> events;
  while (running_) {
    arm_timer();
    const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const auto found = watches_.find(events[static_cast<std::size_t>(i)].data.fd);
      if (found == watches_.end()) continue;
      const std::shared_ptr<Handler> handler = found->second;
      (*handler)();
    }
    run_posted();
    run_due_timers();
  }
}

}  // namespace rigbisect::rig
