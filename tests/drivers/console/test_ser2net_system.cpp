#include <thread>

#include "os/file.h"
#include "tests/drivers/console/console_test.h"
#include "tests/fakes/running_program.h"
#include "tests/fakes/scratch_directory.h"

// RFC 2217, telnet and TLS on a real ser2net in front of a pty. A pty has no modem lines, no break and no
// line errors, so these are on bytes in test_telnet.cpp and on the virtual rig in tests/e2e/peers.sh.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;

class Ser2Net {
 public:
  // `accepter`: ser2net's word before the port, "telnet(rfc2217),tcp".
  explicit Ser2Net(std::string accepter) : accepter_(std::move(accepter)), port_(free_port(SOCK_STREAM)) {
    const auto written =
        write_file_atomically(scratch_.path() / "ser2net.yaml",
                              "connection: &board\n  accepter: " + accepter_ + ",127.0.0.1," +
                                  std::to_string(port_) + "\n  connector: serialdev," + uart.name() +
                                  ",9600n81,local\n  options:\n    kickolduser: true\n");
    REQUIRE(written.ok());
    start();
  }
  void start() {
    program_.emplace(std::vector<std::string>{"ser2net", "-n", "-d", "-c", scratch_.path() / "ser2net.yaml"},
                     scratch_.path() / "log");
  }
  void stop() { program_.reset(); }

  // Waits until it listens.
  std::unique_ptr<SerialConsole> connect(DriverWorld& world, const DriverRow<SerialConsole>& row,
                                         std::map<std::string, std::vector<std::string>> given = {}) {
    given.insert({{"host", {"127.0.0.1"}}, {"port", {std::to_string(port_)}}});
    for (const Deadline patience = world.in(10s); world.clock.now() < patience;) {
      auto made = world.make(row, given);
      if (made) return std::move(*made);
      last = made.error().what;
      (void)world.clock.sleep_until(world.in(20ms), {});
    }
    FAIL(last << "; ser2net says: " << read_file(scratch_.path() / "log").value());
    return nullptr;
  }

  PtyPort uart;
  std::string last;

 private:
  ScratchDirectory scratch_;
  std::string accepter_;
  int port_;
  std::optional<RunningProgram> program_;
};

const auto skipped = doctest::skip(!has_program("ser2net"));

TEST_CASE("RFC 2217: the speed is set through ser2net and confirmed" * skipped) {
  DriverWorld world;
  Ser2Net server("telnet(rfc2217),tcp");
  const auto console = server.connect(world, rfc2217_driver());
  CHECK(server.uart.speed() == B115200);
  say(server.uart.board(), std::string("boot\xff\r\n\0ok", 10));
  CHECK(read_until(*console, "ok") == std::string("boot\xff\r\n\0ok", 10));
  REQUIRE(console->write(std::string_view("ls\r\xff"), world.in(5s), {}).ok());
  CHECK(hear(server.uart.board(), 4) == "ls\r\xff");
}

TEST_CASE("RFC 2217: another speed is another board's" * skipped) {
  DriverWorld world;
  Ser2Net server("telnet(rfc2217),tcp");
  const auto console = server.connect(world, rfc2217_driver(), {{"baud", {"57600"}}});
  CHECK(server.uart.speed() == B57600);
}

TEST_CASE("RFC 2217: a port that may not be set is an error, and plain telnet reads it" * skipped) {
  DriverWorld world;
  Ser2Net server("telnet,tcp");
  const auto console = server.connect(world, telnet_driver());
  say(server.uart.board(), "hello");
  CHECK(read_until(*console, "hello") == "hello");
  const auto refused = world.make(rfc2217_driver(), {{"host", {"127.0.0.1"}}, {"port", {"1"}}});
  CHECK_FALSE(refused.ok());
}

TEST_CASE("a ser2net that is started anew is one gap, and the port is set again" * skipped) {
  DriverWorld world;
  Ser2Net server("telnet(rfc2217),tcp");
  const auto console = server.connect(world, rfc2217_driver());
  server.stop();
  std::array<char, 64> buffer{};
  CHECK(console->read(buffer, world.in(10s), {}).error().code == Errc::disconnected);
  server.start();
  const auto silent = console->read(buffer, world.in(3s), {});
  CHECK_MESSAGE(silent.error().code == Errc::timeout, silent.error().what);
  say(server.uart.board(), "again");
  CHECK(read_until(*console, "again") == "again");
  CHECK(server.uart.speed() == B115200);
}

}  // namespace
}  // namespace rigbisect
