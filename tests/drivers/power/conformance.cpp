#include "tests/drivers/power/conformance.h"

#include <thread>

#include <doctest/doctest.h>

#include "tests/drivers/driver_test.h"
#include "tests/fakes/skipping_clock.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

constexpr Duration kSlack = 1500ms;  // a busy machine; and what a library may take to notice

struct Bench {
  explicit Bench(Peer& device) : peer(device) {}

  Result<std::unique_ptr<PowerSwitch>> make(Given given, int outlet = 1) {
    for (auto& [name, values] : peer.options(outlet)) given.emplace(name, values);
    return peer.row().make(options_for(peer.row(), given), DriverContext{clock, servers, "board-1"});
  }
  std::unique_ptr<PowerSwitch> power(int outlet = 1) {
    auto made = make({}, outlet);
    if (!made) FAIL(made.error().what);
    return std::move(*made);
  }
  Deadline in(Duration time) const { return clock.now() + time; }

  Peer& peer;
  SkippingClock clock;
  NoBootServers servers;
};

void check_done(const Result<void>& done) {
  CHECK_MESSAGE(done.ok(), (done ? "" : done.error().what));
}

std::optional<Power> state_of(Bench& bench, PowerSwitch& power) {
  const auto state = power.state(bench.in(20s), {});
  if (!state) FAIL(state.error().what);
  return *state;
}

void check_switching(Bench& bench) {
  const auto power = bench.power();
  for (const Power wanted : {Power::off, Power::off, Power::on, Power::on, Power::off}) {
    check_done(power->set(wanted, bench.in(20s), {}));
    CHECK(bench.peer.is_on(1) == (wanted == Power::on));
    const auto state = state_of(bench, *power);
    if (bench.peer.reads_back()) CHECK(state == wanted);
    if (!bench.peer.reads_back()) CHECK_FALSE(state.has_value());
  }
}

void check_two_boards(Bench& bench) {
  if (bench.peer.outlets() < 2) return;
  const auto first = bench.power(1);
  const auto second = bench.power(2);
  for (const Power wanted : {Power::on, Power::off, Power::on, Power::off}) {
    Result<void> others;
    {
      std::jthread other([&] { others = second->set(wanted, bench.in(60s), {}); });
      check_done(first->set(wanted, bench.in(60s), {}));
    }
    check_done(others);
    CHECK(bench.peer.is_on(1) == (wanted == Power::on));
    CHECK(bench.peer.is_on(2) == (wanted == Power::on));
  }
}

// The error names driver and device and comes in time.
template <typename Call>
Error check_fails(Bench& bench, Duration time, const Call& call) {
  const TimePoint begin = bench.clock.now();
  const auto result = call(begin + time);
  const Duration taken = bench.clock.now() - begin;
  REQUIRE_FALSE(result.ok());
  CAPTURE(result.error().what);
  CHECK(taken <= time + kSlack);
  CHECK(result.error().what.find(bench.peer.row().name) != std::string::npos);
  CHECK(result.error().what.find(bench.peer.device()) != std::string::npos);
  CHECK(result.error().code != Errc::internal);
  return result.error();
}

// Making may already fail, or the first use.
template <typename Use>
Error check_unusable(Bench& bench, const Given& wrong, Duration time, const Use& use) {
  Bench other(bench.peer);
  return check_fails(other, time, [&](Deadline deadline) -> Result<void> {
    auto made = other.make(wrong);
    if (!made) return made.error();
    return use(**made, deadline);
  });
}

Result<void> switch_on(PowerSwitch& power, Deadline deadline) {
  return power.set(Power::on, deadline, {});
}

Result<void> ask(PowerSwitch& power, Deadline deadline) {
  const auto state = power.state(deadline, {});
  if (state) return {};
  return state.error();
}

bool is_away(Errc code) {
  return code == Errc::disconnected || code == Errc::not_found || code == Errc::timeout;
}

void check_refusals(Bench& bench) {
  if (const Given wrong = bench.peer.wrong_credentials(); !wrong.empty()) {
    INFO("wrong credentials");
    CHECK(check_unusable(bench, wrong, 20s, switch_on).code == Errc::denied);
    if (bench.peer.reads_back()) CHECK(check_unusable(bench, wrong, 20s, ask).code == Errc::denied);
    CHECK_FALSE(bench.peer.is_on(1));
  }
  if (const Given gone = bench.peer.nobody_there(); !gone.empty()) {
    INFO("unplugged");
    CHECK(is_away(check_unusable(bench, gone, 1s, switch_on).code));
    if (bench.peer.reads_back()) CHECK(is_away(check_unusable(bench, gone, 1s, ask).code));
  }
}

void check_fault(Bench& bench, Manners manners) {
  INFO("the device: ", std::string(to_string(manners)));
  const auto power = bench.power();
  bench.peer.behave(manners);
  const auto set = [&](Deadline deadline) { return power->set(Power::on, deadline, {}); };
  const auto read = [&](Deadline deadline) { return ask(*power, deadline); };
  CHECK(check_fails(bench, 600ms, set).code != Errc::denied);  // that would send people after passwords
  if (bench.peer.reads_back()) CHECK(check_fails(bench, 600ms, read).code != Errc::denied);
  std::stop_source stopped;
  stopped.request_stop();
  const TimePoint begin = bench.clock.now();
  CHECK_FALSE(power->set(Power::on, bench.in(30s), stopped.get_token()).ok());
  CHECK(bench.clock.now() - begin < 5s);
  bench.peer.behave(Manners::honest);
  check_done(power->set(Power::off, bench.in(20s), {}));  // and it goes on as if nothing had been
}

void check_stuck(Bench& bench) {
  if (!bench.peer.reads_back() || !bench.peer.can(Manners::stuck)) return;
  INFO("stuck");
  const auto power = bench.power();
  bench.peer.behave(Manners::stuck);
  const Error error =
      check_fails(bench, 10s, [&](Deadline deadline) { return power->set(Power::on, deadline, {}); });
  CAPTURE(error.what);
  CHECK(error.what.find("still") != std::string::npos);
  CHECK_FALSE(bench.peer.is_on(1));
  bench.peer.behave(Manners::honest);
}

void check_slow(Bench& bench) {
  if (!bench.peer.reads_back() || !bench.peer.can(Manners::slow)) return;
  INFO("slow");
  const auto power = bench.power();
  bench.peer.behave(Manners::slow);
  check_done(power->set(Power::on, bench.in(80s), {}));
  CHECK(bench.peer.is_on(1));
  CHECK(bench.clock.skipped() > 40s);
  bench.peer.behave(Manners::honest);
  check_done(power->set(Power::off, bench.in(20s), {}));
}

// Says off and is on: with a meter that is found out.
void check_lies(Bench& bench) {
  if (!bench.peer.can(Manners::lies)) return;
  INFO("lies");
  auto made = bench.make({{"off_below", {"5"}}});
  REQUIRE(made.ok());
  check_done((*made)->set(Power::on, bench.in(20s), {}));
  bench.peer.behave(Manners::lies);
  const Error error =
      check_fails(bench, 10s, [&](Deadline deadline) { return (*made)->set(Power::off, deadline, {}); });
  CHECK(error.what.find("W are drawn") != std::string::npos);
  bench.peer.behave(Manners::honest);
  check_done((*made)->set(Power::off, bench.in(20s), {}));
}

}  // namespace

const char* to_string(Manners manners) {
  constexpr const char* names[] = {"honest", "stuck", "lies", "slow", "garbage", "half", "reset", "silent"};
  return names[static_cast<int>(manners)];
}

// Each question with a clock of its own: time that was skipped would lengthen the waits on real descriptors.
void check_conformance(Peer& peer) {
  CAPTURE(peer.row().name);
  const auto question = [&](const auto& check) {
    Bench bench(peer);
    check(bench);
  };
  question(check_switching);
  question(check_two_boards);
  question(check_refusals);
  for (const Manners manners : {Manners::garbage, Manners::half, Manners::reset, Manners::silent}) {
    if (peer.can(manners)) question([&](Bench& bench) { check_fault(bench, manners); });
  }
  question(check_stuck);
  question(check_lies);
  question(check_slow);
}

void check_timer(Peer& peer, Duration off_time) {
  Bench bench(peer);
  const auto power = bench.power();
  check_done(power->set(Power::on, bench.in(5s), {}));
  REQUIRE(power->cycler() != nullptr);
  CHECK(power->cycler()->longest_off() >= off_time);
  check_done(power->cycler()->start_cycle(off_time, bench.in(5s), {}));
  CHECK_FALSE(peer.is_on(1));
  bool back = false;
  for (int asked = 0; asked < 3 && !back; ++asked) back = state_of(bench, *power) == Power::on;
  CHECK(back);
}

}  // namespace rigbisect
