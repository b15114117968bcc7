#pragma once

#include <optional>
#include <stop_token>

#include "base/result.h"
#include "bisect/event.h"
#include "bisect/task.h"

namespace rigbisect {

// The seam between deciding and doing: tasks in, events out. The real crew has a thread per board and per
// build slot; the simulated one is a discrete-event simulator. One thread calls it.
class Crew {
 public:
  virtual ~Crew() = default;

  // What is idle and what is in flight now. A board that recovers from a fault or was set aside is not
  // listed.
  virtual Capacity capacity() const = 0;

  // Whether any board is left that works or may recover.
  virtual bool has_board() const = 0;

  // Begins a task on something idle. Does not block. REQUIRES: capacity() has room for it.
  virtual void start(const Task& task) = 0;

  // Ends a task in flight early; no event comes of it, unless it was already there. Does not block; the task
  // leaves capacity() when its board is off or its build has been killed.
  virtual void cancel(const Task& task) = 0;

  // Blocks until there is an event, or the capacity has changed (nullopt), or a stop was requested
  // (Errc::cancelled).
  virtual Result<std::optional<Event>> wait(std::stop_token stop) = 0;
};

}  // namespace rigbisect
