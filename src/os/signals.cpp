#include "os/signals.h"

#include <array>
#include <csignal>
#include <cstdint>
#include <system_error>

#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace rigbisect {

StopOnSignals::StopOnSignals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&wanted, number);
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  // Whoever read our output may go (`rigbisect run | head`); we must live to switch the boards off.
  ::signal(SIGPIPE, SIG_IGN);
  signals_.reset(::signalfd(-1, &wanted, SFD_CLOEXEC));
  quit_.reset(::eventfd(0, EFD_CLOEXEC));
  if (!signals_.valid() || !quit_.valid()) {
    throw std::system_error(errno, std::generic_category(), "cannot wait for signals");
  }
  thread_ = std::jthread([this] {
    const std::array<int, 2> fds{signals_.get(), quit_.get()};
    for (;;) {
      const auto ready = wait_ready(fds, false, Deadline::max(), {});
      if (!ready || *ready == 1) return;
      signalfd_siginfo info{};
      if (::read(signals_.get(), &info, sizeof info) != sizeof info) return;
      int none = 0;
      received_.compare_exchange_strong(none, static_cast<int>(info.ssi_signo));
      source_.request_stop();
    }
  });
}

StopOnSignals::~StopOnSignals() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(quit_.get(), &one, sizeof one);
  thread_.join();
}

int StopOnSignals::received() const {
  return received_.load();
}

}  // namespace rigbisect
