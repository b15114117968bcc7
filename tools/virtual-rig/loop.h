#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "os/fd.h"

namespace rigbisect::rig {

// The one thread on which the shelf lives: descriptors, timers and work posted by other threads. All members
// are for the thread that calls run(), except post(). Handlers may add and remove watches and timers, their
// own included.
class Loop {
 public:
  using Handler = std::function<void()>;
  using TimerId = std::pair<TimePoint, std::uint64_t>;

  // Fails if the kernel has no epoll, timerfd or eventfd left for us.
  static Result<std::unique_ptr<Loop>> create(Clock& clock);

  TimePoint now() const { return clock_.now(); }

  // Calls `handler` once each time `fd` becomes readable, hung up or broken (edge-triggered: the handler
  // reads until EAGAIN, or comes back by a timer). The descriptor stays the caller's.
  Result<void> watch(int fd, Handler handler);
  void unwatch(int fd);

  // Calls `handler` once at `when`, to a fraction of a millisecond.
  TimerId at(TimePoint when, Handler handler);
  void cancel(const TimerId& timer) { timers_.erase(timer); }

  // Any thread.
  void post(Handler handler);

  // Blocks until quit().
  void run();
  void quit() { running_ = false; }

 private:
  Loop(Clock& clock, Fd epoll, Fd timer, Fd wake)
      : clock_(clock), epoll_(std::move(epoll)), timer_(std::move(timer)), wake_(std::move(wake)) {}

  void arm_timer();
  void run_due_timers();
  void run_posted();

  Clock& clock_;
  Fd epoll_;
  Fd timer_;
  Fd wake_;
  bool running_ = false;
  std::uint64_t next_timer_ = 0;
  std::map<int, std::shared_ptr<Handler>> watches_;
  std::map<TimerId, Handler> timers_;
  std::mutex mutex_;
  std::vector<Handler> posted_;  // under mutex_
};

}  // namespace rigbisect::rig
