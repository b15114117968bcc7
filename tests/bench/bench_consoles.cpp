#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/registry.h"
#include "os/fd.h"
#include "os/file.h"
#include "os/real_clock.h"
#include "run/console_tap.h"
#include "run/run_watcher.h"
#include "tests/drivers/driver_test.h"
#include "tests/fakes/scratch_directory.h"

// bench-consoles [CONSOLES [SECONDS [MILLISECONDS]]]: many consoles at 115,200 baud on one controller, from
// the driver through recording to the watcher of a run. Another process sends kernel text to each over
// loopback, a piece every MILLISECONDS (an FTDI adapter delivers about every 5). Says what share of one core
// this program used, and whether every byte is in its recording.
namespace rigbisect {
namespace {

constexpr std::size_t kBytesPerSecond = 11520;

std::string line_of(std::size_t console, std::size_t number) {
  char text[96];
  std::snprintf(text, sizeof text,
                "[%5zu.%06zu] usb 1-%zu: new high-speed USB device number %zu using xhci_hcd\r\n",
                number / 100, number % 100 * 10000, console, number);
  return text;
}

// What a console gets: so many whole lines that they fill the time.
std::string text_of(std::size_t console, std::size_t bytes) {
  std::string text;
  for (std::size_t number = 0; text.size() < bytes; ++number) text += line_of(console, number);
  return text;
}

Fd listen_on_loopback(int& port) {
  Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.get(), generic, size) != 0 || ::listen(listener.get(), 128) != 0 ||
      ::getsockname(listener.get(), generic, &size) != 0) {
    std::perror("cannot listen");
    std::exit(1);
  }
  port = ntohs(address.sin_port);
  return listener;
}

// The boards: runs in a process of its own, does not return.
[[noreturn]] void send_all(const Fd& listener, std::size_t consoles, std::size_t seconds, Duration pause) {
  std::vector<Fd> wires;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < consoles; ++i) {
    wires.emplace_back(::accept(listener.get(), nullptr, nullptr));
    texts.push_back(text_of(i, seconds * kBytesPerSecond));
  }
  RealClock clock;
  const TimePoint begin = clock.now();
  for (std::size_t sent = 0; sent < seconds * kBytesPerSecond + 200;) {
    (void)clock.sleep_until(clock.now() + pause, {});
    const double elapsed = std::chrono::duration<double>(clock.now() - begin).count();
    const auto due = static_cast<std::size_t>(elapsed * kBytesPerSecond);
    for (std::size_t i = 0; i < consoles; ++i) {
      if (sent >= texts[i].size()) continue;
      const std::size_t count = std::min(due, texts[i].size()) - std::min(sent, texts[i].size());
      if (::send(wires[i].get(), texts[i].data() + sent, count, MSG_NOSIGNAL) !=
          static_cast<ssize_t>(count)) {
        std::_Exit(1);
      }
    }
    sent = due;
  }
  std::_Exit(0);
}

// One board's console as a campaign uses it.
struct Watched {
  Watched(std::unique_ptr<SerialConsole> open, Clock& clock, const std::filesystem::path& log)
      : file(log), console(std::move(open)), tap(*console, clock), watcher({}, true, {}, clock.now()) {
    if (auto recording = tap.record(log); !recording) std::exit(1);
    thread = std::jthread([this, &clock](const std::stop_token& stop) {
      while (!stop.stop_requested()) {  // as Bench::follow()
        const auto chunk = tap.next(clock.now() + std::chrono::milliseconds(200), stop);
        if (!chunk) continue;
        watcher.feed(chunk->bytes, chunk->at);
        bytes += chunk->bytes.size();
      }
    });
  }

  std::filesystem::path file;
  std::unique_ptr<SerialConsole> console;
  ConsoleTap tap;
  RunWatcher watcher;
  std::atomic<std::size_t> bytes{0};
  std::jthread thread;
};

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

int run(std::size_t consoles, std::size_t seconds, Duration pause) {
  int port = 0;
  const Fd listener = listen_on_loopback(port);
  const pid_t boards = ::fork();
  if (boards == 0) send_all(listener, consoles, seconds, pause);

  DriverWorld world;
  const ScratchDirectory scratch;
  std::vector<std::unique_ptr<Watched>> all;
  for (std::size_t i = 0; i < consoles; ++i) {
    auto console = world.make(tcp_driver(), {{"host", {"127.0.0.1"}}, {"port", {std::to_string(port)}}});
    if (!console) std::exit(1);
    all.push_back(std::make_unique<Watched>(std::move(*console), world.clock,
                                            scratch.path() / ("console-" + std::to_string(i))));
  }
  const double before = cpu_seconds();
  const TimePoint begin = world.clock.now();
  int status = 0;
  ::waitpid(boards, &status, 0);
  const double used = cpu_seconds() - before;
  const double elapsed = std::chrono::duration<double>(world.clock.now() - begin).count();
  (void)world.clock.sleep_until(world.clock.now() + std::chrono::seconds(1), {});

  std::size_t wrong = 0;
  for (std::size_t i = 0; i < consoles; ++i) {
    all[i]->thread.request_stop();
    const auto log = read_file(all[i]->file, 64 << 20);
    const std::string text = text_of(i, seconds * kBytesPerSecond);
    if (!log || !log->starts_with(text) || all[i]->bytes != text.size()) ++wrong;
  }
  std::printf(
      "%zu consoles, %zu B/s each, a piece every %.0f ms, %.1f s: %.1f %% of one core, %zu with lost bytes\n",
      consoles, kBytesPerSecond, std::chrono::duration<double, std::milli>(pause).count(), elapsed,
      100 * used / elapsed, wrong);
  return status == 0 && wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace rigbisect

int main(int argc, char** argv) {
  const auto number = [&](int at, std::size_t otherwise) {
    return argc > at ? static_cast<std::size_t>(std::strtoul(argv[at], nullptr, 10)) : otherwise;
  };
  return rigbisect::run(number(1, 64), number(2, 20), std::chrono::milliseconds(number(3, 5)));
}
