#include <fstream>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pty.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "drivers/registry.h"
#include "os/fd.h"
#include "tests/drivers/driver_test.h"
#include "tests/drivers/power/script_peer.h"

// Switches without a device behind them: a packet, a person, programs of one's own.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;

// A UDP port of 127.0.0.1, as a network adapter hears it.
class Ear {
 public:
  Ear() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket_.get(), generic, size) == 0);
    REQUIRE(::getsockname(socket_.get(), generic, &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  std::string port() const { return std::to_string(port_); }
  std::string hear() const {
    char packet[512];
    const ssize_t count = ::recv(socket_.get(), packet, sizeof packet, 0);
    return {packet, static_cast<std::size_t>(count)};
  }

 private:
  Fd socket_;
  int port_ = 0;
};

TEST_CASE("Wake-on-LAN sends the magic packet, and cannot switch off") {
  DriverWorld world;
  const Ear ear;
  const auto power =
      world
          .make(wol_driver(),
                {{"mac", {"52:54:00:77:00:1f"}}, {"address", {"127.0.0.1"}}, {"port", {ear.port()}}})
          .value();
  REQUIRE(power->set(Power::on, world.in(1s), {}).ok());
  std::string expected(6, '\xff');
  for (int i = 0; i < 16; ++i) expected += std::string("\x52\x54\x00\x77\x00\x1f", 6);
  for (int i = 0; i < 3; ++i) CHECK(ear.hear() == expected);
  CHECK_FALSE(power->state(world.in(1s), {}).value().has_value());
  const auto off = power->set(Power::off, world.in(1s), {});
  REQUIRE_FALSE(off.ok());
  CHECK(off.error().code == Errc::invalid);
  CHECK(off.error().what.starts_with("wol 52:54:00:77:00:1f: Wake-on-LAN can only switch on."));
}

TEST_CASE("Wake-on-LAN adds a SecureOn password, and takes no other than six bytes") {
  DriverWorld world;
  const Ear ear;
  const ScratchDirectory scratch;
  const auto with = [&](const std::string& secret) {
    const std::string file = scratch.path() / "secure-on";
    std::ofstream(file) << secret;
    std::filesystem::permissions(file,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return world.make(wol_driver(), {{"mac", {"52:54:00:77:00:1f"}},
                                     {"address", {"127.0.0.1"}},
                                     {"port", {ear.port()}},
                                     {"secure_on", {"file", file}}});
  };
  REQUIRE(with("01:02:03:04:05:ff\n").value()->set(Power::on, world.in(1s), {}).ok());
  const std::string packet = ear.hear();
  CHECK(packet.size() == 108);
  CHECK(packet.ends_with("\x01\x02\x03\x04\x05\xff"));
  const auto odd = with("hunter2");
  REQUIRE_FALSE(odd.ok());
  CHECK(odd.error().what.find("hunter2") == std::string::npos);
}

// A terminal with a person at its far end.
struct Desk : DriverWorld {
  Desk() {
    int far_end = -1, near_end = -1;
    char name[64] = {};
    REQUIRE(::openpty(&far_end, &near_end, name, nullptr, nullptr) == 0);
    person.reset(far_end);
    terminal.reset(near_end);
    path = name;
  }
  std::unique_ptr<PowerSwitch> power() {
    auto made = make(manual_driver(), {{"terminal", {path}}});
    if (!made) FAIL(made.error().what);
    return std::move(*made);
  }
  void types(std::string_view keys) const {
    REQUIRE(::write(person.get(), keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
  }
  // What the person sees until `text` is there.
  std::string sees(std::string_view text) const {
    std::string all;
    char buffer[512];
    while (all.find(text) == std::string::npos) {
      const ssize_t count = ::read(person.get(), buffer, sizeof buffer);
      if (count <= 0) break;
      all.append(buffer, static_cast<std::size_t>(count));
    }
    return all;
  }
  Fd person, terminal;
  std::string path;
};

TEST_CASE_FIXTURE(Desk, "a person is asked and believed at Enter") {
  const auto power = this->power();
  types("\n");  // hit before the question: no answer
  std::jthread at_the_desk([&] {
    CHECK(sees("type why]").find("board-1: switch its power OFF and press Enter") != std::string::npos);
    types("\n");
  });
  const auto done = power->set(Power::off, in(10s), {});
  CHECK_MESSAGE(done.ok(), (done ? "" : done.error().what));
  CHECK_FALSE(power->state(in(1s), {}).value().has_value());
}

TEST_CASE_FIXTURE(Desk, "what a person types instead is the reason, and nobody there is a timeout") {
  const auto power = this->power();
  {
    std::jthread at_the_desk([&] {
      sees("type why]");
      types("the fuse is out\x1b[2J\n");
    });
    const auto done = power->set(Power::on, in(10s), {});
    REQUIRE_FALSE(done.ok());
    CHECK(done.error().code == Errc::io);
    CHECK(done.error().what.find("says 'the fuse is out\\x1b[2J'") != std::string::npos);
  }
  const auto nobody = power->set(Power::on, in(20ms), {});
  REQUIRE_FALSE(nobody.ok());
  CHECK(nobody.error().code == Errc::timeout);
  std::stop_source stopped;
  stopped.request_stop();
  CHECK(power->set(Power::on, in(10s), stopped.get_token()).error().code == Errc::cancelled);
}

TEST_CASE("without a terminal nobody is asked") {
  DriverWorld world;
  for (const char* place : {"/dev/null", "/no/such/place"}) {
    const auto made = world.make(manual_driver(), {{"terminal", {place}}});
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().what.find("there is no terminal with a person at it") != std::string::npos);
  }
}

// Programs that keep outlets in files, with manners.
class Programs : public ScriptPeer {
 public:
  Programs()
      : ScriptPeer(
            "case $manners in\ngarbage) echo 'no such command'; exit 0 ;;\nreset) kill -9 $$ ;;\n"
            "silent|half) printf o; sleep 1000 ;;\nesac\n"
            "case $1 in\nstatus) if said $2; then echo on; else echo off; fi ;;\non) command $2 1 ;;\n"
            "off) command $2 0 ;;\nesac\n") {}
  DriverRow<PowerSwitch> row() const override { return command_driver(); }
  Given options(int outlet) const override {
    const auto run = [&](const char* verb) { return std::vector<std::string>{script(), verb, text(outlet)}; };
    return {{"on", run("on")}, {"off", run("off")}, {"status", run("status")}};
  }
  Given nobody_there() const override { return {}; }
  std::string device() const override { return script(); }
  void behave(Manners manners) override { write("manners", std::string(to_string(manners)) + "\n"); }
};

TEST_CASE("the command driver stands what programs may do") {
  Programs programs;
  check_conformance(programs);
}

}  // namespace
}  // namespace rigbisect
