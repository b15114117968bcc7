#include <array>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/registry.h"
#include "os/fd.h"
#include "tests/drivers/driver_test.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

// A terminal server on loopback: the far end of the wire as a socket.
class Server {
 public:
  Server() { open(0); }

  void open(std::uint16_t port) {
    listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_.get(), generic, size) == 0);
    REQUIRE(::listen(listener_.get(), 4) == 0);
    ::getsockname(listener_.get(), generic, &size);
    port_ = ntohs(address.sin_port);
  }

  Fd accept() const { return Fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
  void close() { listener_.reset(); }
  std::uint16_t port() const { return port_; }

 private:
  Fd listener_;
  std::uint16_t port_ = 0;
};

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
  CHECK(console->read(rig.buffer, rig.in(1ms), {}).error().code == Errc::timeout);
}

TEST_CASE("a server that goes away and comes back is one gap") {
  Rig rig;
  const auto console = std::move(*rig.connect());
  const std::uint16_t port = rig.server.port();
  rig.server.accept();
  CHECK(console->read(rig.buffer, rig.in(5s), {}).error().code == Errc::disconnected);
  rig.server.close();
  const auto away = console->read(rig.buffer, rig.in(1ms), {});
  CHECK(away.error() ==
        Error{Errc::disconnected, "tcp 127.0.0.1:" + std::to_string(port) +
                                      ": cannot connect: Connection refused (is the terminal server "
                                      "running?)"});
  rig.server.open(port);
  CHECK(console->read(rig.buffer, rig.in(1ms), {}).error().code == Errc::timeout);
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
