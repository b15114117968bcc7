#include <thread>

#include "tests/drivers/console/console_test.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

struct Rig : DriverWorld {
  Result<std::unique_ptr<SerialConsole>> connect() {
    return make(tcp_driver(), {{"host", {"127.0.0.1"}}, {"port", {std::to_string(server.port())}}});
  }
  Server server;
  std::array<char, 64> buffer{};
};

}  // namespace

TEST_CASE("bytes pass over TCP in both directions") {
  Rig rig;
  const auto console = std::move(*rig.connect());
  CHECK(console->describe() == "tcp 127.0.0.1:" + std::to_string(rig.server.port()));
  const Fd wire = rig.server.accept();
  REQUIRE(::write(wire.get(), "boot\0\xff", 6) == 6);
  CHECK(*console->read(rig.buffer, rig.in(5s), {}) == 6);
  CHECK(std::string(rig.buffer.data(), 6) == std::string("boot\0\xff", 6));
  REQUIRE(console->write(std::string_view("help\n"), rig.in(5s), {}).ok());
  CHECK(::read(wire.get(), rig.buffer.data(), rig.buffer.size()) == 5);
  CHECK(console->read(rig.buffer, rig.in(100ms), {}).error().code == Errc::timeout);
}

TEST_CASE("a server that goes away and comes back is one gap") {
  Rig rig;
  const auto console = std::move(*rig.connect());
  const std::uint16_t port = rig.server.port();
  rig.server.accept();
  CHECK(console->read(rig.buffer, rig.in(5s), {}).error().code == Errc::disconnected);
  rig.server.close();
  const auto away = console->read(rig.buffer, rig.in(100ms), {});
  CHECK(away.error() ==
        Error{Errc::disconnected, "tcp 127.0.0.1:" + std::to_string(port) +
                                      ": cannot connect: Connection refused (does anything listen "
                                      "there?)"});
  rig.server.open(port);
  Errc back = Errc::disconnected;  // until it tries again
  for (int tries = 0; back == Errc::disconnected && tries < 50; ++tries)
    back = console->read(rig.buffer, rig.in(100ms), {}).error().code;
  CHECK(back == Errc::timeout);
  const Fd wire = rig.server.accept();
  REQUIRE(::write(wire.get(), "again", 5) == 5);
  CHECK(*console->read(rig.buffer, rig.in(5s), {}) == 5);
}

TEST_CASE("a stop wakes a reader that waits for a lost server") {
  Rig rig;
  const auto console = std::move(*rig.connect());
  rig.server.accept();
  rig.server.close();
  CHECK(console->read(rig.buffer, rig.in(5s), {}).error().code == Errc::disconnected);
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  CHECK(console->read(rig.buffer, Deadline::max(), source.get_token()).error().code == Errc::cancelled);
}

TEST_CASE("a write that the other side never takes ends at the deadline") {
  Rig rig;
  const auto console = std::move(*rig.connect());
  const Fd wire = rig.server.accept();
  const std::string much(64 << 20, 'x');
  CHECK(console->write(much, rig.in(50ms), {}).error().code == Errc::timeout);
}

TEST_CASE("no server and no such host are errors when the board is made") {
  Rig rig;
  rig.server.close();
  const auto refused = rig.connect();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Errc::disconnected);
  const auto unknown = rig.make(tcp_driver(), {{"host", {"no.such.host.invalid."}}, {"port", {"1"}}});
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().code == Errc::not_found);
}
