#pragma once

#include <span>
#include <stop_token>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace rigbisect {

// Owns one file descriptor and closes it. Every descriptor of ours is close-on-exec.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void reset(int fd = -1);
  // Gives it up without closing it: for libraries that take it over.
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// The Error for the current errno: "`what`: No space left on device", with the matching Errc.
Error errno_error(const std::string& what);

// Blocks until one of `fds` is readable (writable if `write`), the deadline (Errc::timeout) or a stop
// (Errc::cancelled, noticed at once, not by polling). Returns the index of the ready descriptor.
Result<std::size_t> wait_ready(std::span<const int> fds, bool write, Deadline deadline, std::stop_token stop);

}  // namespace rigbisect
