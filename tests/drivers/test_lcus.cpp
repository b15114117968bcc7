#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "tests/drivers/driver_test.h"
#include "tests/fakes/fake_lcus_board.h"
#include "tests/fakes/fake_serial_bus.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

constexpr const char* kId = "usb-1a86_USB_Serial-if00-port0";
const std::string kLink = std::string("/dev/serial/by-id/") + kId;
const auto skipped = doctest::skip(!FakeSerialBus::available());

// A relay driver wired to a board with these manners.
struct Rig : DriverWorld {
  explicit Rig(FakeLcusBoard::Manners manners = {}) : board(bus.plug("ttyUSB0", kId), std::move(manners)) {}

  std::unique_ptr<PowerSwitch> relay(std::map<std::string, std::vector<std::string>> given) {
    given.emplace("port", std::vector{kLink});
    auto made = make(lcus_driver(), given);
    if (!made) FAIL(made.error().what);
    return std::move(*made);
  }

  FakeSerialBus bus;
  FakeLcusBoard board;
};

}  // namespace

TEST_CASE("a relay switches its own channel and reads it back" * skipped) {
  Rig rig;
  const auto relay = rig.relay({{"channel", {"2"}}});
  CHECK(*relay->state(rig.in(5s), {}).value() == Power::off);
  CHECK(relay->set(Power::on, rig.in(5s), {}).ok());
  CHECK(rig.board.is_on(2));
  CHECK_FALSE(rig.board.is_on(1));
  CHECK(*relay->state(rig.in(5s), {}).value() == Power::on);
  CHECK(relay->set(Power::off, rig.in(5s), {}).ok());
  CHECK_FALSE(rig.board.is_on(2));
  CHECK_FALSE(rig.board.saw_bad_frame());
}

TEST_CASE("a lost command is sent again" * skipped) {
  Rig rig({.ignores_first = 1});
  CHECK(rig.relay({})->set(Power::on, rig.in(5s), {}).ok());
  CHECK(rig.board.is_on(1));
  CHECK(rig.board.commands() == 2);
}

TEST_CASE("a board that cannot answer is trusted, and its state is never guessed" * skipped) {
  Rig rig({.answers = false});
  const auto relay = rig.relay({});
  CHECK(relay->set(Power::on, rig.in(5s), {}).ok());
  CHECK(rig.board.is_on(1));
  CHECK_FALSE(relay->state(rig.in(5s), {}).value().has_value());
}

TEST_CASE("with 'confirm: required' silence is an error" * skipped) {
  Rig rig({.answers = false});
  const auto done = rig.relay({{"confirm", {"required"}}})->set(Power::on, rig.in(5s), {});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().code == Errc::timeout);
  CHECK(done.error().what.find("did not answer the status query") != std::string::npos);
  const auto useless =
      rig.make(lcus_driver(), {{"port", {kLink}}, {"confirm", {"required"}}, {"query", {"false"}}});
  CHECK(useless.error().code == Errc::invalid);
}

TEST_CASE("with 'query: false' nothing is asked" * skipped) {
  Rig rig({.says = "never asked for"});
  const auto relay = rig.relay({{"query", {"false"}}});
  CHECK(relay->set(Power::on, rig.in(5s), {}).ok());
  CHECK_FALSE(relay->state(rig.in(5s), {}).value().has_value());
}

TEST_CASE("a stuck relay is reported" * skipped) {
  Rig rig({.stuck = true});
  const auto done = rig.relay({})->set(Power::on, rig.in(1s), {});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().code == Errc::io);
  CHECK(done.error().what.starts_with("lcus " + kLink +
                                      " channel 1: it took the command on and still says off"));
}

TEST_CASE("a relay that answers garbage is not believed" * skipped) {
  Rig rig({.says = "\x1b[2J\xff nonsense\r\n"});
  const auto state = rig.relay({})->state(rig.in(5s), {});
  REQUIRE_FALSE(state.ok());
  CHECK(state.error().code == Errc::protocol);
  CHECK(state.error().what.find("'\\x1b[2J\\xff nonsense") != std::string::npos);
}

TEST_CASE("a relay that never stops talking is cut off" * skipped) {
  Rig rig({.says = std::string(2000, 'x')});
  CHECK(rig.relay({})->state(rig.in(5s), {}).error().code == Errc::protocol);
}

TEST_CASE("a channel that the board does not have is named" * skipped) {
  Rig rig({.channels = 2});
  const auto state = rig.relay({{"channel", {"5"}}})->state(rig.in(5s), {});
  REQUIRE_FALSE(state.ok());
  CHECK(state.error().what.find("does not list this channel") != std::string::npos);
}

TEST_CASE("two drivers share one relay board" * skipped) {
  Rig rig;
  const auto first = rig.relay({{"channel", {"1"}}});
  const auto second = rig.relay({{"channel", {"2"}}});
  {
    std::jthread other([&] { CHECK(second->set(Power::on, rig.in(10s), {}).ok()); });
    CHECK(first->set(Power::on, rig.in(10s), {}).ok());
  }
  CHECK(rig.board.is_on(1));
  CHECK(rig.board.is_on(2));
}

TEST_CASE("a missing relay board says what to look at" * skipped) {
  DriverWorld world;
  FakeSerialBus bus;
  const auto made = world.make(lcus_driver(), {{"port", {kLink}}});
  REQUIRE_FALSE(made.ok());
  CHECK(made.error() == Error{Errc::not_found, "lcus " + kLink + " channel 1: " + kLink +
                                                   " does not exist: is the adapter plugged in?"});
}

TEST_CASE("a relay board may come back under another name" * skipped) {
  Rig rig;
  const auto relay = rig.relay({});
  CHECK(relay->set(Power::on, rig.in(5s), {}).ok());
  rig.bus.unplug("ttyUSB0");
  CHECK(relay->set(Power::off, rig.in(5s), {}).error().code == Errc::not_found);
  FakeLcusBoard again(rig.bus.plug("ttyUSB3", kId), {});
  CHECK(relay->set(Power::on, rig.in(5s), {}).ok());
  CHECK(again.is_on(1));
}

TEST_CASE("a stop ends the wait for an answer" * skipped) {
  Rig rig({.answers = false});
  const auto relay = rig.relay({});
  std::stop_source source;
  source.request_stop();
  CHECK(relay->state(rig.in(5s), source.get_token()).error().code == Errc::cancelled);
}
