#include "os/fd.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include <poll.h>
#include <unistd.h>

#include "os/stop_event.h"

namespace rigbisect {
namespace {

Errc code_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return Errc::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::denied;
    case EBUSY:
    case ETXTBSY:
    case EADDRINUSE:
    case EWOULDBLOCK:
      return Errc::busy;
    case ETIMEDOUT:
      return Errc::timeout;
    case ENODEV:
    case ENXIO:
    case EPIPE:
    case ECONNRESET:
    case ECONNREFUSED:
    case ECONNABORTED:
    case ENOTCONN:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
      return Errc::disconnected;
    default:
      return Errc::io;
  }
}

timespec remaining(Deadline deadline) {
  const auto left = std::max(deadline - std::chrono::steady_clock::now(), Duration::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((left - seconds).count())};
}

// REQUIRES: one of them is. Also an error or hang-up: the read or write that follows names it.
std::size_t first_ready(const std::vector<pollfd>& polled) {
  const auto ready =
      std::find_if(polled.begin(), polled.end(), [](const pollfd& each) { return each.revents != 0; });
  return static_cast<std::size_t>(ready - polled.begin());
}

}  // namespace

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Error errno_error(const std::string& what) {
  const int number = errno;
  char buffer[128];
  return Error{code_of(number), what + ": " + ::strerror_r(number, buffer, sizeof buffer)};
}

Result<std::size_t> wait_ready(std::span<const int> fds, bool write, Deadline deadline,
                               std::stop_token stop) {
  std::vector<pollfd> polled;
  for (const int fd : fds) polled.push_back({fd, static_cast<short>(write ? POLLOUT : POLLIN), 0});
  if (stop.stop_requested()) return Error{Errc::cancelled, "stopped while waiting"};
  // A busy line needs no waiting, and no descriptor for the stop.
  if (::poll(polled.data(), polled.size(), 0) > 0) return first_ready(polled);
  const StopEvent stopped(stop);
  if (stopped.failed()) return errno_error("cannot make an event descriptor");
  polled.push_back({stopped.fd(), POLLIN, 0});
  for (;;) {
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopped while waiting"};
    const timespec timeout = remaining(deadline);
    const int count =
        ::ppoll(polled.data(), polled.size(), deadline == Deadline::max() ? nullptr : &timeout, nullptr);
    if (count == 0) return Error{Errc::timeout, "nothing happened in time"};
    if (count < 0 && errno != EINTR) return errno_error("cannot wait for a descriptor");
    if (count > 0 && polled.back().revents == 0) return first_ready(polled);
  }
}

}  // namespace rigbisect
