// netboot-serve: the boot service for one machine, for the system tests and for trying things by hand.
//   netboot-serve INTERFACE MODE MAC KERNEL INITRAMFS COMMAND-LINE
// Prints "serving" and then each step of the boot as it is seen, with milliseconds since the start, until
// stdin ends.

#include <array>
#include <cstdio>
#include <span>
#include <string>

#include <poll.h>
#include <unistd.h>

#include "netboot/service.h"
#include "os/real_clock.h"

namespace {

using namespace rigbisect;

// Whether stdin ended within a tenth of a second.
bool input_ended() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (::poll(&input, 1, 100) <= 0) return false;
  std::array<char, 64> ignored{};
  return ::read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0;
}

int serve(std::span<char*> arguments) {
  RealClock clock;
  BootServerOptions options;
  options.interface = arguments[1];
  options.mode = arguments[2];
  const std::string mac = arguments[3];
  auto service = netboot::NetbootService::start(options, clock);
  const auto offered = service ? (*service)->offer(mac, {arguments[4], arguments[5], arguments[6], "test"})
                               : Result<void>(service.error());
  if (!offered) {
    std::fprintf(stderr, "%s\n", offered.error().what.c_str());
    return 1;
  }
  const TimePoint start = clock.now();
  std::printf("serving\n");
  for (std::size_t shown = 0; !input_ended();) {
    const auto timeline = (*service)->timeline(mac);
    for (; shown < timeline.size(); ++shown) {
      const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(timeline[shown].at - start);
      std::printf("%6lld ms %s: %s\n", static_cast<long long>(at.count()), timeline[shown].name.c_str(),
                  timeline[shown].detail.c_str());
    }
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int count, char** values) {
  if (count == 7) return serve(std::span(values, static_cast<std::size_t>(count)));
  std::fprintf(stderr, "usage: netboot-serve INTERFACE MODE MAC KERNEL INITRAMFS COMMAND-LINE\n");
  return 2;
}
