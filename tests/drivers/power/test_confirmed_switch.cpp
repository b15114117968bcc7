#include <doctest/doctest.h>

#include "drivers/power/confirmed_switch.h"
#include "tests/fakes/fake_clock.h"

using namespace std::chrono_literals;

namespace rigbisect {
namespace {

// Takes every command, stays off, and takes its time to say so.
class StuckOutlet : public Outlet {
 public:
  StuckOutlet(FakeClock& clock, Duration answer) : clock_(clock), answer_(answer) {}

  Result<void> command(Power, Deadline, std::stop_token) override { return {}; }
  Result<Reading> read(Deadline deadline, std::stop_token) override {
    const Duration time = std::min(answer_, deadline - clock_.now());
    clock_.advance(time);
    if (time < answer_) return Error{Errc::timeout, "no answer in time"};
    return Reading::off;
  }
  std::string name() const override { return "stuck outlet 1"; }

 private:
  FakeClock& clock_;
  Duration answer_;
};

TEST_CASE("an outlet that does not obey is told so, also if the deadline cuts its last answer off") {
  FakeClock clock;
  const auto told = [&clock](Duration answer) {
    ConfirmedSwitch outlet(std::make_unique<StuckOutlet>(clock, answer), clock, {});
    return outlet.set(Power::on, clock.now() + 10s, {}).error();
  };
  for (const Duration answer : {Duration(100ms), Duration(700ms), Duration(4s)}) {
    CHECK(told(answer).code == Errc::io);
    CHECK(told(answer).what.find("stuck outlet 1: it took the command on and still says off") == 0);
  }
  CHECK(told(11s) == Error{Errc::timeout, "stuck outlet 1: no answer in time"});
}

}  // namespace
}  // namespace rigbisect
