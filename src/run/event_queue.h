#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>

#include "base/result.h"
#include "bisect/event.h"

namespace rigbisect {

// Events on their way from the workers to the campaign; an empty item is a nudge: the capacity has changed.
// Thread-safe.
class EventQueue {
 public:
  void push(std::optional<Event> event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    changed_.notify_all();
  }

  // The work cannot go on because of this host (disk full): pop() gives this error once all items are read.
  void fail(Error error) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(error);
    changed_.notify_all();
  }

  // Blocks until there is an item, or a failure, or a stop (Errc::cancelled).
  Result<std::optional<Event>> pop(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return !events_.empty() || failure_; }))
      return Error{Errc::cancelled, "stopped"};
    if (events_.empty()) return *failure_;
    auto event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

  // Whether items wait to be popped.
  bool waiting() const {
    const std::lock_guard lock(mutex_);
    return !events_.empty();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::optional<Event>> events_;
  std::optional<Error> failure_;
};

}  // namespace rigbisect
