#include <cstdlib>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "os/fd.h"

namespace rigbisect {
namespace {

TEST_CASE("plain console text, line ends, tabs and backspaces pass") {
  ConsoleFilter filter;
  CHECK(filter.feed("login:\tadm\b \b\r\n") == "login:\tadm\b \b\r\n");
}

TEST_CASE("escape sequences and other controls are shown, not obeyed") {
  ConsoleFilter filter;
  CHECK(filter.feed("\x1b[2J\x1b]0;title\x07") == "\\x1b[2J\\x1b]0;title\\x07");
  CHECK(filter.feed(std::string("\0\x0e\x7f", 3)) == "\\x00\\x0e\\x7f");
  CHECK(filter.feed("\xc2\x9b 2J") == "\\xc2\\x9b 2J");  // C1 CSI
}

TEST_CASE("a character that arrives in pieces is shown whole") {
  ConsoleFilter filter;
  CHECK(filter.feed("\xe2") == "");
  CHECK(filter.feed("\x82") == "");
  CHECK(filter.feed("\xac 5\xc3") == "\xe2\x82\xac 5");
  CHECK(filter.flush() == "\\xc3");
  CHECK(filter.flush() == "");
}

TEST_CASE("damaged characters are shown as bytes and hold nothing back") {
  ConsoleFilter filter;
  CHECK(filter.feed("\x80\xbf\xff!") == "\\x80\\xbf\\xff!");
  CHECK(filter.feed("\xe2(") == "\\xe2(");
  std::string all;
  for (int i = 0; i < 100; ++i) all += filter.feed("\x80\x80\x80\x80");
  CHECK(all.size() == 1600);
}

TEST_CASE("an escape sequence that arrives in pieces stays visible text") {
  ConsoleFilter filter;
  CHECK(filter.feed("\x1b") + filter.feed("[31") + filter.feed("mred") == "\\x1b[31mred");
}

TEST_CASE("raw mode is left again with all settings as they were") {
  const Fd leader(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(leader.valid());
  REQUIRE(::grantpt(leader.get()) == 0);
  REQUIRE(::unlockpt(leader.get()) == 0);
  const Fd terminal(::open(::ptsname(leader.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(terminal.valid());
  const auto settings = [&] {
    termios now{};
    REQUIRE(::tcgetattr(terminal.get(), &now) == 0);
    return now;
  };
  const termios before = settings();
  CHECK((before.c_lflag & ECHO) != 0);
  {
    const auto raw = RawTerminal::enter(terminal.get());
    REQUIRE(raw.ok());
    CHECK(raw->is_terminal());
    CHECK((settings().c_lflag & (ECHO | ICANON | ISIG)) == 0);
    CHECK((settings().c_oflag & OPOST) != 0);
  }
  CHECK(settings().c_lflag == before.c_lflag);
  CHECK(settings().c_iflag == before.c_iflag);
  CHECK(settings().c_oflag == before.c_oflag);
}

TEST_CASE("what is no terminal is left alone") {
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto raw = RawTerminal::enter(null.get());
  REQUIRE(raw.ok());
  CHECK_FALSE(raw->is_terminal());
}

}  // namespace
}  // namespace rigbisect
