#include <filesystem>
#include <sstream>

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

#include "cli/board_check.h"
#include "cli/board_command.h"
#include "os/file.h"
#include "tests/cli/fake_devices.h"
#include "tests/fakes/fake_boot_servers.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scratch_directory.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

// A shelf with a relay board whose switches are fakes and whose ports are ordinary files.
class Shelf {
 public:
  Shelf() : drivers_(fake_drivers()) {
    for (auto& row : drivers_.power) {
      row.make = [this](const DriverOptions&, const DriverContext&) -> Result<std::unique_ptr<PowerSwitch>> {
        return std::unique_ptr<PowerSwitch>(std::make_unique<RecordingSwitch>(relay));
      };
    }
    for (const char* name : {"relay", "tty1", "tty2"}) REQUIRE(write_file_atomically(path(name), ""));
  }

  fs::path path(const std::string& name) const { return directory_.path() / name; }

  // A board file with these ports; the loopback interface is there on every machine.
  std::string board(const std::string& name, const std::string& channel, const std::string& tty,
                    const std::string& mac, const std::string& interface = "lo") const {
    const std::string yaml = "board: " + name + "\npower: {driver: lcus, port: relay, channel: " + channel +
                             "}\nconsole: {driver: serial, port: " + tty +
                             "}\nboot: {driver: pxe, interface: " + interface + ", mac: " + mac + "}\n";
    REQUIRE(write_file_atomically(path(name + ".yaml"), yaml));
    return path(name + ".yaml").native();
  }

  Board load(const std::string& file) const {
    auto loaded = load_board(file, drivers_);
    REQUIRE_MESSAGE(loaded.ok(), loaded.error().what);
    return *loaded;
  }

  // Runs the program's command line.
  int run(std::vector<std::string> arguments) {
    out.str("");
    err.str("");
    Environment environment{clock, drivers_, boot_servers_,     stop.get_token(),
                            out,   err,      directory_.path(), lease};
    CLI::App app;
    int exit_code = -1;
    add_board(app, environment, exit_code);
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them so
    try {
      app.parse(arguments);
    } catch (const CLI::ParseError&) {
      return 2;
    }
    return exit_code;
  }

  // What was printed, with the scratch directory written as "DIR".
  static std::string without(std::string text, const std::string& directory) {
    for (std::size_t at = 0; (at = text.find(directory)) != std::string::npos;) {
      text.replace(at, directory.size(), "DIR");
    }
    return text;
  }
  std::string said() const { return without(out.str(), directory_.path().native()); }
  std::string complained() const { return without(err.str(), directory_.path().native()); }
  const DriverTable& drivers() const { return drivers_; }

  SwitchState relay;
  FakeClock clock;
  std::stop_source stop;
  std::ostringstream out;
  std::ostringstream err;
  std::function<Result<BoardLease>(const Board&)> lease;

 private:
  ScratchDirectory directory_;
  DriverTable drivers_;
  NoBootServers boot_servers_;
};

TEST_CASE("power on and off are read back and said") {
  Shelf shelf;
  const std::string file = shelf.board("a", "1", "tty1", "52:54:00:77:00:11");
  CHECK(shelf.run({"board", "power", "on", file}) == 0);
  CHECK(shelf.said() == "a: power switched on; read back: on\n");
  CHECK(shelf.run({"board", "power", "off", file}) == 0);
  CHECK(shelf.said() == "a: power switched off; read back: off\n");
  CHECK(shelf.relay.log == std::vector<std::string>{"on", "off"});
}

TEST_CASE("who may not have a console is told that it can be watched, if somebody shares it") {
  Shelf shelf;
  shelf.lease = [](const Board&) { return Error{Errc::busy, "board a is in use by process 1"}; };
  const std::string file = shelf.board("a", "1", "tty1", "52:54:00:77:00:11");
  CHECK(shelf.run({"board", "console", file}) == 3);
  CHECK(shelf.complained() == "rigbisect: board a is in use by process 1\n");
  REQUIRE(make_directories(shelf.path("boards")));
  const auto shared = LocalBroadcast::create(shelf.path("boards/a.console"));
  REQUIRE(shared);
  CHECK(shelf.run({"board", "console", file}) == 3);
  CHECK(shelf.complained() ==
        "rigbisect: board a is in use by process 1; --watch shows what is read there\n");
}

TEST_CASE("a power cycle stays off for the board's time") {
  Shelf shelf;
  const TimePoint before = shelf.clock.now();
  CHECK(shelf.run({"board", "power", "cycle", shelf.board("a", "1", "tty1", "52:54:00:77:00:11")}) == 0);
  CHECK(shelf.clock.now() - before == std::chrono::seconds(2));
  CHECK(shelf.relay.log == std::vector<std::string>{"off", "on"});
  CHECK(shelf.said() == "a: power cycled; read back: on\n");
}

TEST_CASE("a switch with a timer of its own cycles by that") {
  Shelf shelf;
  shelf.relay.has_timer = true;
  shelf.relay.power = Power::on;
  const std::string file = shelf.board("a", "1", "tty1", "52:54:00:77:00:11");
  CHECK(shelf.run({"board", "power", "cycle", file}) == 0);
  CHECK(shelf.relay.log == std::vector<std::string>{"cycle 2s"});
  CHECK(shelf.said() == "a: power cycled; read back: on\n");
  shelf.relay.stuck = true;
  CHECK(shelf.run({"board", "power", "cycle", file}) == 3);
  CHECK(shelf.complained() ==
        "rigbisect: board a: power cycle: the switch took the command for a cycle and still says on\n");
  shelf.relay.stuck = false;
  shelf.stop.request_stop();
  CHECK(shelf.run({"board", "power", "cycle", file}) == 130);
  CHECK(shelf.complained() ==
        "rigbisect: board a: power cycle: stopped in a cycle; the switch ends it by its own timer: the power "
        "will be on\n");
}

TEST_CASE("a timer is not set to less than can be seen, and not to more than it can") {
  Shelf shelf;
  shelf.relay.has_timer = true;
  shelf.relay.power = Power::on;
  const std::string file = shelf.board("a", "1", "tty1", "52:54:00:77:00:11");
  const std::string board = *read_file(file);
  const auto with_off = [&](const std::string& time) {
    REQUIRE(write_file_atomically(file, board + "timings: {off: " + time + "}\n"));
    shelf.relay.log.clear();
    CHECK(shelf.run({"board", "power", "cycle", file}) == 0);
    return shelf.relay.log;
  };
  CHECK(with_off("300ms") == std::vector<std::string>{"cycle 2s"});
  CHECK(with_off("25s") == std::vector<std::string>{"cycle 25s"});
  CHECK(with_off("26s") == std::vector<std::string>{"off", "on"});
}

TEST_CASE("a switch that cannot be asked is said to be unknown, not on") {
  Shelf shelf;
  shelf.relay.power = std::nullopt;
  const std::string file = shelf.board("a", "1", "tty1", "52:54:00:77:00:11");
  CHECK(shelf.run({"board", "power", "on", file}) == 0);
  CHECK(shelf.said() ==
        "a: power switched on; read back: unknown (this switch cannot be asked, or did not answer)\n");
}

TEST_CASE("a switch that does not obey or is gone is a failure of the rig") {
  Shelf shelf;
  const std::string file = shelf.board("a", "1", "tty1", "52:54:00:77:00:11");
  shelf.relay.stuck = true;
  CHECK(shelf.run({"board", "power", "on", file}) == 3);
  CHECK(shelf.complained() == "rigbisect: board a: the switch took the command and still says off\n");
  shelf.relay.broken = true;
  CHECK(shelf.run({"board", "power", "on", file}) == 3);
  CHECK(shelf.complained() == "rigbisect: board a: power on: the relay board is gone\n");
  CHECK(shelf.run({"board", "status", file}) == 3);
  CHECK(shelf.complained() == "rigbisect: board a: power state: the relay board is gone\n");
}

TEST_CASE("a stop between off and on leaves the board off and says so") {
  Shelf shelf;
  shelf.stop.request_stop();
  CHECK(shelf.run({"board", "power", "cycle", shelf.board("a", "1", "tty1", "52:54:00:77:00:11")}) == 130);
  CHECK(shelf.relay.log == std::vector<std::string>{"off"});
  CHECK(shelf.complained() ==
        "rigbisect: board a: power cycle: stopped between off and on; the power is off\n");
}

TEST_CASE("a board that a campaign uses is neither switched nor listened to, but may be asked") {
  Shelf shelf;
  shelf.lease = [](const Board& board) -> Result<BoardLease> {
    return Error{Errc::busy, "board " + board.name + " is in use by process 42"};
  };
  const std::string file = shelf.board("a", "1", "tty1", "52:54:00:77:00:11");
  CHECK(shelf.run({"board", "power", "off", file}) == 3);
  CHECK(shelf.complained() == "rigbisect: board a is in use by process 42\n");
  CHECK(shelf.run({"board", "console", file}) == 3);
  CHECK(shelf.complained() == "rigbisect: board a is in use by process 42\n");
  CHECK(shelf.relay.log.empty());
  CHECK(shelf.run({"board", "status", file}) == 0);
  CHECK(shelf.said() == "a\n  power (lcus): off\n  console: serial\n  boot: pxe\n");
}

TEST_CASE("a board file with mistakes is bad input") {
  Shelf shelf;
  REQUIRE(write_file_atomically(shelf.path("b.yaml"), "board: b\n"));
  CHECK(shelf.run({"board", "power", "on", shelf.path("b.yaml").native()}) == 2);
  CHECK(shelf.complained().starts_with("rigbisect: DIR/b.yaml:1:1: power is missing"));
  CHECK(shelf.run({"board", "check", "/nonexistent.yaml"}) == 2);
  CHECK(shelf.complained() == "rigbisect: cannot open /nonexistent.yaml: No such file or directory\n");
  CHECK(shelf.run({"board", "power", "toggle", "x"}) == 2);
}

TEST_CASE("check finds nothing wrong with boards that share a relay board") {
  Shelf shelf;
  const std::string a = shelf.board("a", "1", "tty1", "52:54:00:77:00:11");
  const std::string b = shelf.board("b", "2", "tty2", "52:54:00:77:00:12");
  CHECK(shelf.run({"board", "check", a, b}) == 0);
  CHECK(shelf.said() ==
        "a: power lcus, console serial, boot pxe: all there\nb: power lcus, console serial, boot pxe: all "
        "there\n");
  CHECK(shelf.complained().empty());
}

TEST_CASE("check names devices and interfaces that are not there") {
  Shelf shelf;
  CHECK(shelf.run({"board", "check",
                   shelf.board("a", "1", "/dev/nonexistent-tty", "52:54:00:77:00:11", "rigx")}) == 3);
  CHECK(
      shelf.said().starts_with("a: power lcus, console serial, boot pxe\n"
                               "  problem: console.port: /dev/nonexistent-tty does not exist: is the adapter "
                               "plugged in?\n"
                               "  problem: boot.interface: this machine has no network interface rigx"));
  CHECK(shelf.said().find("there are: ") != std::string::npos);
}

TEST_CASE("boards that want the same thing are in conflict") {
  Shelf shelf;
  const auto conflicts = [&](const std::string& first, const std::string& second) {
    const std::vector<Board> boards{shelf.load(first), shelf.load(second)};
    std::string text;
    for (const std::string& each : board_conflicts(boards, shelf.drivers())) text += each + "\n";
    return Shelf::without(text, shelf.path("").parent_path().native());
  };
  const std::string a = shelf.board("a", "1", "tty1", "52:54:00:77:00:11");
  CHECK(conflicts(a, shelf.board("b", "1", "tty2", "52:54:00:77:00:12")) ==
        "DIR/a.yaml and DIR/b.yaml both use the outlet 'lcus port DIR/relay channel 1'\n");
  CHECK(conflicts(a, shelf.board("b", "2", "tty1", "52:54:00:77:00:12")) ==
        "DIR/a.yaml and DIR/b.yaml both use the device DIR/tty1\n");
  CHECK(conflicts(a, shelf.board("b", "2", "tty2", "52-54-00-77-00-11")) ==
        "DIR/a.yaml and DIR/b.yaml both use the MAC address 52:54:00:77:00:11\n");
  CHECK(conflicts(a, shelf.board("b", "2", "relay", "52:54:00:77:00:12")) ==
        "DIR/a.yaml and DIR/b.yaml both use the device DIR/relay\n");
  fs::create_symlink("tty1", shelf.path("by-id"));
  CHECK(conflicts(a, shelf.board("b", "2", "by-id", "52:54:00:77:00:12")) ==
        "DIR/a.yaml and DIR/b.yaml both use the device DIR/tty1\n");
}

TEST_CASE("one board may not use one port for two purposes") {
  Shelf shelf;
  CHECK(shelf.run({"board", "check", shelf.board("a", "1", "relay", "52:54:00:77:00:11")}) == 2);
  CHECK(shelf.complained() == "rigbisect: DIR/a.yaml uses the device DIR/relay for two purposes\n");
}

}  // namespace
}  // namespace rigbisect
