#include <cstdio>

#include <doctest/doctest.h>
#include <unistd.h>

#include "cli/board_lease.h"
#include "tests/config/fake_drivers.h"
#include "tests/fakes/scratch_directory.h"

namespace rigbisect {
namespace {

// Claims are the host's: names with this process's number keep test runs apart.
struct Lab {
  ScratchDirectory one, two;
  DriverTable drivers = fake_drivers();

  Board board(const std::string& name, int channel, const std::string& tty) const {
    const std::string pid = std::to_string(::getpid());
    char mac[18];
    std::snprintf(mac, sizeof mac, "52:54:%02x:%02x:00:%02x", (::getpid() >> 8) & 0xff, ::getpid() & 0xff,
                  static_cast<unsigned>(name.back()));
    const std::string yaml = "board: " + name + "\npower: {driver: lcus, port: /dev/relay-" + pid +
                             ", channel: " + std::to_string(channel) +
                             "}\nconsole: {driver: serial, port: /dev/" + tty + "-" + pid +
                             "}\nboot: {driver: pxe, interface: lo, mac: \"" + mac + "\"}\n";
    auto parsed = parse_board(yaml, "/lab/" + name + ".yaml", drivers);
    REQUIRE_MESSAGE(parsed.ok(), parsed.error().what);
    return *parsed;
  }
};

TEST_CASE_FIXTURE(Lab, "two labs cannot have one serial port, whatever they call their boards") {
  const auto held = lease_board(one.path(), board("a", 1, "tty1"), drivers);
  REQUIRE_MESSAGE(held.ok(), held.error().what);
  const auto refused = lease_board(two.path(), board("b", 2, "tty1"), drivers);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::busy);
  CHECK(refused.error().what.starts_with("board b: the device /dev/tty1-"));
  CHECK(refused.error().what.find("is in use by process " + std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE_FIXTURE(Lab, "two labs cannot have one outlet") {
  const auto held = lease_board(one.path(), board("a", 1, "tty1"), drivers);
  REQUIRE(held);
  const auto refused = lease_board(two.path(), board("b", 1, "tty2"), drivers);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what.starts_with("board b: the outlet 'lcus "));
}

TEST_CASE_FIXTURE(Lab, "boards on two channels of one relay board work side by side") {
  const auto held = lease_board(one.path(), board("a", 1, "tty1"), drivers);
  REQUIRE(held);
  CHECK(lease_board(two.path(), board("b", 2, "tty2"), drivers));
}

TEST_CASE_FIXTURE(Lab, "a board is free again when its lease ends") {
  {
    const auto held = lease_board(one.path(), board("a", 1, "tty1"), drivers);
    REQUIRE(held);
  }
  CHECK(lease_board(one.path(), board("a", 1, "tty1"), drivers));
}

TEST_CASE_FIXTURE(Lab,
                  "others can watch a leased board's console, also after a refusal, until the lease ends") {
  const auto socket = console_socket(one.path(), "a");
  {
    const auto held = lease_board(one.path(), board("a", 1, "tty1"), drivers);
    REQUIRE(held);
    CHECK_FALSE(lease_board(one.path(), board("a", 1, "tty1"), drivers));
    CHECK(listen_to(socket));
  }
  CHECK_FALSE(listen_to(socket));
}

TEST_CASE_FIXTURE(Lab, "a board is to be had also where nobody can watch its console") {
  std::filesystem::create_directories(console_socket(one.path(), "a") / "in the way");
  const auto held = lease_board(one.path(), board("a", 1, "tty1"), drivers);
  REQUIRE_MESSAGE(held.ok(), held.error().what);
  CHECK(held->watchers == nullptr);
  CHECK(held->unwatched.starts_with("board a: its console cannot be watched: "));
}

}  // namespace
}  // namespace rigbisect
