#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

#include "os/fd.h"

namespace rigbisect {

// Turns SIGINT, SIGTERM and SIGHUP into a stop request, once; a second SIGINT also only repeats it (power-off
// must not be cut short). Made once, early in main(), before other threads, because it blocks the signals in
// the calling thread and waits for them on a thread of its own.
class StopOnSignals {
 public:
  StopOnSignals();
  ~StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  // The signal that was received, 0 if none.
  int received() const;

 private:
  std::stop_source source_;
  Fd signals_;
  Fd quit_;
  std::atomic<int> received_{0};
  std::jthread thread_;
};

}  // namespace rigbisect
