#include <array>
#include <csignal>
#include <thread>

#include <doctest/doctest.h>
#include <unistd.h>

#include "os/fd.h"
#include "os/real_clock.h"
#include "os/signals.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

struct PipeEnds {
  PipeEnds() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
  Fd read, write;
};

}  // namespace

TEST_CASE("waiting names the descriptor that is ready") {
  const PipeEnds silent;
  const PipeEnds ready;
  REQUIRE(::write(ready.write.get(), "x", 1) == 1);
  const std::array<int, 2> fds{silent.read.get(), ready.read.get()};
  CHECK(*wait_ready(fds, false, Deadline::max(), {}) == 1);
  const std::array<int, 1> writable{silent.write.get()};
  CHECK(*wait_ready(writable, true, Deadline::max(), {}) == 0);
}

TEST_CASE("a stop goes before what is ready") {
  const PipeEnds ready;
  REQUIRE(::write(ready.write.get(), "x", 1) == 1);
  const std::array<int, 1> fds{ready.read.get()};
  std::stop_source source;
  source.request_stop();
  CHECK(wait_ready(fds, false, Deadline::max(), source.get_token()).error().code == Errc::cancelled);
}

TEST_CASE("a hang-up is ready, so that the read can say so") {
  PipeEnds ends;
  ends.write.reset();
  const std::array<int, 1> fds{ends.read.get()};
  CHECK(*wait_ready(fds, false, Deadline::max(), {}) == 0);
}

TEST_CASE("waiting ends at the deadline and at a stop") {
  RealClock clock;
  CHECK(wait_ready({}, false, clock.now(), {}).error().code == Errc::timeout);
  CHECK(wait_ready({}, false, clock.now() + 1ms, {}).error().code == Errc::timeout);
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  CHECK(wait_ready({}, false, Deadline::max(), source.get_token()).error().code == Errc::cancelled);
  CHECK(wait_ready({}, false, Deadline::max(), source.get_token()).error().code == Errc::cancelled);
}

TEST_CASE("sleeping ends at its time or at a stop") {
  RealClock clock;
  const TimePoint until = clock.now() + 1ms;
  CHECK(clock.sleep_until(until, {}));
  CHECK(clock.now() >= until);
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  CHECK_FALSE(clock.sleep_until(TimePoint::max(), source.get_token()));
  CHECK_FALSE(clock.sleep_until(clock.now(), source.get_token()));
  CHECK(clock.wall() > 1'600'000'000s);
}

TEST_CASE("a descriptor moves and closes once") {
  PipeEnds ends;
  const int number = ends.read.get();
  Fd moved = std::move(ends.read);
  CHECK(moved.get() == number);
  CHECK_FALSE(ends.read.valid());  // NOLINT(bugprone-use-after-move)
  moved.reset();
  CHECK(::write(ends.write.get(), "", 0) == 0);
  errno = ENOSPC;
  CHECK(errno_error("writing") == Error{Errc::io, "writing: No space left on device"});
}

TEST_CASE("signals become a stop request, and the first one is remembered") {
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, nullptr, &before);
  {
    const StopOnSignals signals;
    CHECK(signals.received() == 0);
    ::kill(::getpid(), SIGTERM);
    CHECK(wait_ready({}, false, Deadline::max(), signals.token()).error().code == Errc::cancelled);
    CHECK(signals.received() == SIGTERM);
    ::kill(::getpid(), SIGINT);
    CHECK(signals.received() == SIGTERM);
    PipeEnds ends;
    ends.read.reset();
    CHECK(::write(ends.write.get(), "x", 1) == -1);  // an error, and we are still there
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}
