#include <array>
#include <csignal>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/registry.h"
#include "tests/drivers/driver_test.h"
#include "tests/fakes/fake_serial_bus.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

constexpr const char* kId = "usb-FTDI_FT232R_USB_UART_A900RIG1-if00-port0";
const std::string kLink = std::string("/dev/serial/by-id/") + kId;
const auto skipped = doctest::skip(!FakeSerialBus::available());

struct Rig : DriverWorld {
  std::unique_ptr<SerialConsole> console(const std::string& baud = "115200") {
    auto made = make(serial_driver(), {{"port", {kLink}}, {"baud", {baud}}});
    if (!made) FAIL(made.error().what);
    return std::move(*made);
  }

  void say(const std::string& text) const {
    REQUIRE(::write(wire, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }

  // Reads until `size` bytes are there.
  Result<std::string> read(SerialConsole& console, std::size_t size) const {
    std::string all;
    std::array<char, 64> buffer{};
    while (all.size() < size) {
      const auto count = console.read(buffer, in(5s), {});
      if (!count) return count.error();
      all.append(buffer.data(), *count);
    }
    return all;
  }

  FakeSerialBus bus;
  int wire = bus.plug("ttyUSB1", kId);
};

}  // namespace

TEST_CASE("a fast line is read before the kernel's buffer for it is full" * skipped) {
  Rig rig;
  CHECK(rig.console()->buffered() == 100ms);
  const Duration fast = rig.console("921600")->buffered();
  CHECK(fast < 44ms);  // 4096 bytes of ten bits
  CHECK(fast > 20ms);
}

TEST_CASE("bytes pass unchanged in both directions" * skipped) {
  Rig rig;
  const auto console = rig.console();
  CHECK(console->describe() == "/dev/ttyUSB1 115200 8N1 (FT232R USB UART - A900RIG1)");
  const std::string bytes("line\r\n\x00\x03\x04\x11\x13\xff\x7f end", 18);
  rig.say(bytes);
  CHECK(*rig.read(*console, bytes.size()) == bytes);
  REQUIRE(console->write(bytes, rig.in(5s), {}).ok());
  std::array<char, 64> heard{};
  CHECK(::read(rig.wire, heard.data(), heard.size()) == static_cast<ssize_t>(bytes.size()));
  CHECK(std::string(heard.data(), bytes.size()) == bytes);
}

TEST_CASE("a silent line times out and a stop wakes the reader" * skipped) {
  Rig rig;
  const auto console = rig.console();
  std::array<char, 16> buffer{};
  CHECK(console->read(buffer, rig.in(100ms), {}).error().code == Errc::timeout);
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  CHECK(console->read(buffer, Deadline::max(), source.get_token()).error().code == Errc::cancelled);
}

TEST_CASE("an adapter that is unplugged and back under another name goes on" * skipped) {
  Rig rig;
  const auto console = rig.console();
  rig.say("before");
  CHECK(*rig.read(*console, 6) == "before");
  rig.bus.unplug("ttyUSB1");
  std::array<char, 16> buffer{};
  CHECK(console->read(buffer, rig.in(5s), {}).error().code == Errc::disconnected);

  const auto away = console->read(buffer, rig.in(100ms), {});
  CHECK(away.error() == Error{Errc::disconnected, kLink + " does not exist: is the adapter plugged in?"});

  rig.wire = rig.bus.plug("ttyUSB7", kId);
  rig.say("after");
  CHECK(*rig.read(*console, 5) == "after");
  CHECK(console->describe().starts_with("/dev/ttyUSB7 "));
}

TEST_CASE("a reader that waits gets the adapter when it comes back" * skipped) {
  Rig rig;
  const auto console = rig.console();
  rig.bus.unplug("ttyUSB1");
  std::array<char, 16> buffer{};
  CHECK(console->read(buffer, rig.in(5s), {}).error().code == Errc::disconnected);
  std::jthread plugger([&] {
    rig.wire = rig.bus.plug("ttyUSB2", kId);
    rig.say("hello");
  });
  CHECK(*rig.read(*console, 5) == "hello");
}

TEST_CASE("a loss that the writer met is told to the reader once" * skipped) {
  Rig rig;
  const auto console = rig.console();
  rig.bus.unplug("ttyUSB1");
  CHECK(console->write(std::string_view("x"), rig.in(5s), {}).error().code == Errc::disconnected);
  rig.wire = rig.bus.plug("ttyUSB2", kId);
  std::array<char, 16> buffer{};
  CHECK(console->read(buffer, rig.in(5s), {}).error().code == Errc::disconnected);
  rig.say("after");
  CHECK(*rig.read(*console, 5) == "after");
}

TEST_CASE("a tty in use by another is busy, and free afterwards" * skipped) {
  Rig rig;
  {
    const auto console = rig.console();
    const auto second = rig.make(serial_driver(), {{"port", {kLink}}});
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().code == Errc::busy);
    CHECK(second.error().what.starts_with("/dev/ttyUSB1 is in use by "));
  }
  CHECK(rig.make(serial_driver(), {{"port", {kLink}}}).ok());
}

TEST_CASE("the message about a tty in use names the program" * skipped) {
  Rig rig;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int fd = ::open("/dev/ttyUSB1", O_RDWR | O_NOCTTY | O_NONBLOCK);
    ::flock(fd, LOCK_EX);
    [[maybe_unused]] const ssize_t written = ::write(ready[1], "x", 1);
    for (;;) ::pause();
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  const auto made = rig.make(serial_driver(), {{"port", {kLink}}});
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  REQUIRE_FALSE(made.ok());
  CHECK(made.error() ==
        Error{Errc::busy, "/dev/ttyUSB1 is in use by process " + std::to_string(pid) +
                              " (test-drivers-se): end that program, or use another adapter"});
}

TEST_CASE("a missing tty and a path that is no tty are told apart" * skipped) {
  Rig rig;
  const auto missing = rig.make(serial_driver(), {{"port", {"/dev/ttyUSB9"}}});
  CHECK(missing.error() == Error{Errc::not_found, "/dev/ttyUSB9 does not exist: is the adapter plugged in?"});
  const auto file = rig.make(serial_driver(), {{"port", {"/dev/null"}}});
  CHECK(file.error().code == Errc::invalid);
}

TEST_CASE("every offered framing, flow control and common speed can be set" * skipped) {
  Rig rig;
  const auto row = serial_driver();
  for (const OptionSpec& spec : row.options) {
    for (const std::string& choice : spec.choices) {
      if (choice.starts_with("7")) continue;  // the pty behind the emulated adapter can only do eight bits
      CAPTURE(choice);
      CHECK(rig.make(row, {{"port", {kLink}}, {spec.name, {choice}}}).ok());
    }
  }
  for (const char* baud : {"9600", "57600", "1500000"}) {
    CAPTURE(baud);
    CHECK(rig.make(row, {{"port", {kLink}}, {"baud", {baud}}}).ok());
  }
  CHECK(rig.make(row, {{"port", {kLink}}, {"lock", {"false"}}}).ok());
}

TEST_CASE("a break is begun, and what the kernel's driver counted since the opening is told" * skipped) {
  Rig rig;
  rig.bus.line().counts = true;
  rig.bus.line().overruns = 4;
  const auto console = rig.console();
  CHECK(console->break_sender()->send_break(rig.in(5s), {}).ok());
  CHECK(rig.bus.line().breaks == 1);
  CHECK(console->counters()->line_errors() == LineErrors{});
  rig.bus.line().overruns = 6;
  CHECK(console->counters()->line_errors() == LineErrors{.overruns = 2});
  rig.bus.unplug("ttyUSB1");
  std::array<char, 16> buffer{};
  CHECK(console->read(buffer, rig.in(5s), {}).error().code == Errc::disconnected);
  CHECK(console->counters()->line_errors() == LineErrors{.overruns = 2});
}

TEST_CASE("a driver that does not count is not taken for a clean line" * skipped) {
  Rig rig;
  CHECK_FALSE(rig.console()->counters()->line_errors().has_value());
}
