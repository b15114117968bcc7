#include <array>
#include <sstream>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/console_session.h"
#include "os/fd.h"
#include "tests/cli/fake_devices.h"
#include "tests/fakes/fake_clock.h"

namespace rigbisect {
namespace {

// A person at a keyboard and a board, with the session between them on a thread of its own.
struct Desk {
  Desk() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    keyboard_out.reset(ends[0]);
    keyboard.reset(ends[1]);
  }
  void begin(bool raw = false, std::ostream* log = nullptr) {
    session = std::jthread([this, raw, log] {
      const ConsoleIo io{keyboard_out.get(), screen, log, raw};
      ended = run_console_session(console, io, clock, stop.get_token());
    });
  }
  void type(std::string_view keys) {
    REQUIRE(::write(keyboard.get(), keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
  }
  std::string end() {
    session.join();
    return screen.str();
  }

  ScriptedConsole console;
  std::ostringstream screen;
  FakeClock clock;
  std::stop_source stop;
  Fd keyboard;
  Fd keyboard_out;
  Result<void> ended;
  std::jthread session;
};

TEST_CASE("a session shows the board escape-safe, sends keys, and ends with Ctrl-]") {
  Desk desk;
  desk.begin();
  desk.console.says(std::string("boot \x1b[2J ok\r\n"));
  desk.console.wait_until_read();
  desk.type("ls\r\x03");
  CHECK(desk.console.wait_for_written(4) == "ls\r\x03");
  desk.type("x\x1dnot sent");
  CHECK(desk.console.wait_for_written(5) == "ls\r\x03x");
  CHECK(desk.end() == "boot \\x1b[2J ok\r\n");
  CHECK(desk.ended.ok());
}

TEST_CASE("Ctrl-backslash sends a break between the keys before and after it") {
  Desk desk;
  desk.begin();
  desk.type(
      "a\x1c"
      "h\x1d");
  CHECK(desk.end() == "\r\n[rigbisect: break sent; the next key is a SysRq command, h for help]\r\n");
  CHECK(desk.console.wait_for_written(9) == "a<break>h");
}

TEST_CASE("raw passes escape sequences on, and the log has every byte either way") {
  for (const bool raw : {false, true}) {
    Desk desk;
    std::ostringstream log;
    desk.begin(raw, &log);
    desk.console.says(std::string("\x1b[1mA\xff"));
    desk.console.wait_until_read();
    desk.type("\x1d");
    CHECK(desk.end() == (raw ? "\x1b[1mA\xff" : "\\x1b[1mA\\xff"));
    CHECK(log.str() == "\x1b[1mA\xff");
  }
}

TEST_CASE("an adapter that goes away and comes back is noted, not the end") {
  Desk desk;
  desk.begin();
  desk.console.says(std::string("one\r\n"));
  desk.console.says(Error{Errc::disconnected, "/dev/ttyUSB0 is gone"});
  desk.console.says(std::string("two\r\n"));
  desk.console.wait_until_read();
  desk.type("\x1d");
  CHECK(desk.end() ==
        "one\r\n\r\n[rigbisect: /dev/ttyUSB0 is gone; waiting for it]\r\n"
        "\r\n[rigbisect: the console is back]\r\ntwo\r\n");
}

TEST_CASE("a fault of the console ends the session with its error") {
  Desk desk;
  desk.begin();
  desk.console.says(Error{Errc::io, "the line broke"});
  desk.end();
  REQUIRE_FALSE(desk.ended.ok());
  CHECK(desk.ended.error() == Error{Errc::io, "the line broke"});
}

TEST_CASE("a stop ends the session as cancelled, also after the end of the input") {
  for (const bool closed : {false, true}) {
    Desk desk;
    desk.begin();
    if (closed) desk.keyboard.reset();
    desk.console.says(std::string("still shown"));
    desk.console.wait_until_read();
    desk.stop.request_stop();
    CHECK(desk.end() == "still shown");
    REQUIRE_FALSE(desk.ended.ok());
    CHECK(desk.ended.error().code == Errc::cancelled);
  }
}

TEST_CASE("keys that the adapter does not take are reported") {
  Desk desk;
  desk.console.refuse_writes();
  desk.begin();
  desk.console.wait_until_read();
  desk.type("x\x1d");
  CHECK(desk.end() == "\r\n[rigbisect: not sent: the adapter takes nothing]\r\n");
  CHECK(desk.ended.ok());
}

TEST_CASE("a log that cannot be written ends the session") {
  Desk desk;
  std::ostringstream log;
  log.setstate(std::ios::badbit);
  desk.begin(false, &log);
  desk.console.says(std::string("x"));
  desk.end();
  REQUIRE_FALSE(desk.ended.ok());
  CHECK(desk.ended.error().what == "cannot write the console log: is the disk full?");
}

}  // namespace
}  // namespace rigbisect
