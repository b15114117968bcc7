#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>

#include <sys/eventfd.h>
#include <unistd.h>

#include "os/fd.h"

namespace rigbisect {

// A stop token as something poll() can wait for: fd() becomes readable when a stop is requested. For src/os.
class StopEvent {
 public:
  explicit StopEvent(const std::stop_token& stop) {
    if (!stop.stop_possible()) return;  // fd() stays -1, which poll() ignores
    event_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (event_.valid()) callback_.emplace(stop, Wake{event_.get()});
    failed_ = !event_.valid();
  }

  int fd() const { return event_.get(); }
  // The event could not be made (out of descriptors; errno says so).
  bool failed() const { return failed_; }

 private:
  struct Wake {
    int fd;
    void operator()() const noexcept {
      const std::uint64_t one = 1;
      [[maybe_unused]] const ssize_t written =
          ::write(fd, &one, sizeof one);  // cannot fail on a fresh eventfd
    }
  };

  Fd event_;
  std::optional<std::stop_callback<Wake>> callback_;
  bool failed_ = false;
};

}  // namespace rigbisect
