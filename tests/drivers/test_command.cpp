#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "os/file.h"
#include "tests/drivers/driver_test.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

using Given = std::map<std::string, std::vector<std::string>>;

// Programs that keep the state in a file.
struct Rig : DriverWorld {
  Given programs(const std::string& status = "cat \"$0\"") const {
    return {{"on", {"sh", "-c", "echo on > \"$0\"", file}},
            {"off", {"sh", "-c", "echo off > \"$0\"", file}},
            {"status", {"sh", "-c", status, file}}};
  }

  std::unique_ptr<PowerSwitch> power(const Given& given) {
    auto made = make(command_driver(), given);
    if (!made) FAIL(made.error().what);
    return std::move(*made);
  }

  ScratchDirectory scratch;
  std::string file = scratch.path() / "a state; $(touch x)";
};

}  // namespace

TEST_CASE("programs switch and report, with arguments as they are") {
  Rig rig;
  const auto power = rig.power(rig.programs());
  CHECK(power->set(Power::on, rig.in(10s), {}).ok());
  CHECK(*read_file(rig.file) == "on\n");
  CHECK(*power->state(rig.in(10s), {}).value() == Power::on);
  CHECK(power->set(Power::off, rig.in(10s), {}).ok());
  CHECK(*power->state(rig.in(10s), {}).value() == Power::off);
}

TEST_CASE("without a status program the state is unknown") {
  Rig rig;
  Given given = rig.programs();
  given.erase("status");
  const auto power = rig.power(given);
  CHECK(power->set(Power::on, rig.in(10s), {}).ok());
  CHECK_FALSE(power->state(rig.in(10s), {}).value().has_value());
}

TEST_CASE("the status can be an exit status") {
  Rig rig;
  Given given = rig.programs("grep -q on \"$0\"");
  given["status_by"] = {"exit"};
  const auto power = rig.power(given);
  CHECK(power->set(Power::on, rig.in(10s), {}).ok());
  CHECK(power->set(Power::off, rig.in(10s), {}).ok());
  CHECK(*power->state(rig.in(10s), {}).value() == Power::off);
  given["status"] = {"sh", "-c", "exit 2"};
  CHECK(rig.power(given)->state(rig.in(10s), {}).error().code == Errc::io);
}

TEST_CASE("a program that fails is quoted, without its escapes") {
  Rig rig;
  Given given = rig.programs();
  given["on"] = {"sh", "-c", "printf 'no such outlet\\033[2J\\n'; exit 7"};
  const auto done = rig.power(given)->set(Power::on, rig.in(10s), {});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().code == Errc::io);
  CHECK(done.error().what.ends_with("ended with exit status 7 and said: no such outlet\\x1b[2J"));
}

TEST_CASE("a state that does not follow the command is an error") {
  Rig rig;
  const auto done = rig.power(rig.programs("echo off"))->set(Power::on, rig.in(1s), {});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().code == Errc::io);
  CHECK(done.error().what.starts_with("command sh: it took the command on and still says off"));
}

TEST_CASE("a status that is neither on nor off is an error") {
  Rig rig;
  const auto state = rig.power(rig.programs("echo maybe"))->state(rig.in(10s), {});
  REQUIRE_FALSE(state.ok());
  CHECK(state.error().code == Errc::protocol);
  CHECK(rig.power(rig.programs("echo ON; exit 3"))->state(rig.in(10s), {}).error().code == Errc::io);
  CHECK(*rig.power(rig.programs("echo ' ON '"))->state(rig.in(10s), {}).value() == Power::on);
}

TEST_CASE("a program that hangs is ended at its timeout") {
  Rig rig;
  Given given = rig.programs();
  given["on"] = {"sleep", "100"};
  given["timeout"] = {"10ms"};
  CHECK(rig.power(given)->set(Power::on, rig.in(10s), {}).error().code == Errc::timeout);
}

TEST_CASE("a program that is not there is found out at once") {
  Rig rig;
  Given given = rig.programs();
  given["off"] = {"no-such-program-of-ours"};
  CHECK(rig.make(command_driver(), given).error().code == Errc::not_found);
  given["off"] = {};
  CHECK(rig.make(command_driver(), given).error().code == Errc::invalid);
}

TEST_CASE("programs are told the board's name and nothing of our environment") {
  Rig rig;
  Given given = rig.programs();
  given["on"] = {"sh", "-c", "echo \"$RIGBISECT_BOARD\" > \"$0\"", rig.file};
  given.erase("status");
  CHECK(rig.power(given)->set(Power::on, rig.in(10s), {}).ok());
  CHECK(*read_file(rig.file) == "board-1\n");
}
