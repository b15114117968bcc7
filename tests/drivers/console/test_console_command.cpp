#include <thread>

#include <sys/syscall.h>

#include "drivers/console/program_line.h"
#include "tests/drivers/console/console_test.h"

// The command console on small programs of the system.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;

Result<std::unique_ptr<SerialConsole>> run(DriverWorld& world, const std::string& script) {
  return world.make(command_console_driver(), {{"run", {"sh", "-c", script}}});
}

TEST_CASE("a program's terminal is the console, raw in both directions") {
  DriverWorld world;
  const auto console = std::move(*run(world, "echo board $RIGBISECT_BOARD; exec cat"));
  CHECK(console->describe() == "console command sh");
  CHECK(read_until(*console, "\n") == "board board-1\n");
  const std::string bytes("\x03\x04\r\n\x11\x13\x1a\x7f\xff\0end", 13);
  REQUIRE(console->write(bytes, world.in(5s), {}).ok());
  CHECK(read_until(*console, "end") == bytes);
  std::array<char, 8> buffer{};
  CHECK(console->read(buffer, world.in(1ms), {}).error().code == Errc::timeout);
  CHECK(console->break_sender()->send_break(world.in(1s), {}).error().code == Errc::invalid);
}

TEST_CASE("a program that ends is told with its last words and started again") {
  DriverWorld world;
  const auto console = std::move(*run(world, "echo up; read line; echo 'no route' >&2; exit 3"));
  read_until(*console, "up\n");
  REQUIRE(console->write(std::string_view("\n"), world.in(5s), {}).ok());
  std::array<char, 64> buffer{};
  const auto gone = console->read(buffer, world.in(10s), {});
  REQUIRE_FALSE(gone.ok());
  CHECK(gone.error() == Error{Errc::disconnected,
                              "console command sh: the program ended with exit status 3 and said: no route"});
  read_until(*console, "up\n");
}

TEST_CASE("a program that cannot work is told when the board is made") {
  DriverWorld world;
  const auto ends = run(world, "echo 'bad key' >&2; exit 255");
  REQUIRE_FALSE(ends.ok());
  CHECK(ends.error().what == "console command sh: the program ended with exit status 255 and said: bad key");
  const auto none = world.make(command_console_driver(), {{"run", {"no-such-program"}}});
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().code == Errc::not_found);
}

TEST_CASE("nothing of a program's group is left behind, also when it ignores the end of its terminal") {
  DriverWorld world;
  Fd ended;  // becomes readable when the program's child is dead
  {
    const auto console = std::move(*run(world, "trap '' HUP TERM; sleep 600 & echo $!; wait"));
    const pid_t child = std::stoi(read_until(*console, "\n"));
    ended.reset(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    REQUIRE(ended.valid());
    const std::array<int, 1> fds{ended.get()};
    CHECK_FALSE(wait_ready(fds, false, world.in(0s), {}).ok());
  }
  const std::array<int, 1> fds{ended.get()};
  CHECK(wait_ready(fds, false, world.in(1s), {}).ok());
}

TEST_CASE("a stop wakes a reader, and a program that takes nothing ends a write at its deadline") {
  DriverWorld world;
  const auto console = std::move(*run(world, "exec sleep 600"));
  CHECK(console->write(std::string(1 << 20, 'x'), world.in(50ms), {}).error().code == Errc::timeout);
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  std::array<char, 8> buffer{};
  CHECK(console->read(buffer, Deadline::max(), source.get_token()).error().code == Errc::cancelled);
}

}  // namespace
}  // namespace rigbisect
