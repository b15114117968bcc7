#include "drivers/power/confirmed_switch.h"

#include <algorithm>
#include <cstdio>

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

constexpr int kAttempts = 3;
constexpr Duration kPause = 300ms;  // before an exchange is repeated
constexpr Duration kPoll = 500ms;   // between questions while the device is switching

bool may_pass(Errc code) {
  return code == Errc::timeout || code == Errc::disconnected || code == Errc::busy;
}

std::string format_watts(double watts) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f W", watts);
  return text;
}

const char* to_string(Reading reading) {
  switch (reading) {
    case Reading::off:
      return "off";
    case Reading::on:
      return "on";
    case Reading::changing:
      return "that it is switching";
    case Reading::unknown:
      break;
  }
  return "nothing";
}

}  // namespace

Result<std::optional<double>> Outlet::watts(Deadline, std::stop_token) {
  return std::optional<double>{};
}

Result<void> Outlet::cycle(Duration, Deadline, std::stop_token) {
  return Error{Errc::internal, "it has no timer"};
}

ConfirmedSwitch::ConfirmedSwitch(std::unique_ptr<Outlet> outlet, Clock& clock, Proof proof)
    : outlet_(std::move(outlet)), clock_(clock), proof_(proof) {}

template <typename Exchange>
auto ConfirmedSwitch::repeat(const Exchange& exchange, Deadline deadline, std::stop_token stop) {
  for (int attempt = 1;; ++attempt) {
    auto done = exchange(std::min(deadline, clock_.now() + outlet_->patience()));
    const bool last = attempt == kAttempts || clock_.now() + kPause >= deadline;
    if (done || !may_pass(done.error().code) || last) return done;
    if (!clock_.sleep_until(clock_.now() + kPause, stop)) return done;
  }
}

Result<void> ConfirmedSwitch::set(Power wanted, Deadline deadline, std::stop_token stop) {
  const auto tell = [&](Deadline until) { return outlet_->command(wanted, until, stop); };
  if (auto told = repeat(tell, deadline, stop); !told) return told.error().within(outlet_->name());
  std::string heard;  // what it said last instead of obeying
  // An answer that the deadline cut off tells less than the one before it.
  const auto failed = [&](const Error& error) {
    const bool cut_off = error.code == Errc::timeout && clock_.now() + kPause >= deadline;
    return cut_off && !heard.empty() ? not_obeyed(wanted, heard) : error.within(outlet_->name());
  };
  for (;;) {
    const auto said = objection(wanted, deadline, stop);
    if (!said) return failed(said.error());
    if (said->empty()) return {};
    heard = *said;
    if (clock_.now() + kPoll >= deadline) return not_obeyed(wanted, *said);
    if (!clock_.sleep_until(clock_.now() + kPoll, stop)) {
      return Error{Errc::cancelled, outlet_->name() + ": stopped while it still says " + *said};
    }
    if (!outlet_->may_miss_commands()) continue;
    if (auto told = repeat(tell, deadline, stop); !told) return failed(told.error());
  }
}

Result<std::string> ConfirmedSwitch::objection(Power wanted, Deadline deadline, std::stop_token stop) {
  const auto ask = [&](Deadline until) { return outlet_->read(until, stop); };
  const auto reading = repeat(ask, deadline, stop);
  if (!reading) return reading.error();
  const bool trusted = *reading == Reading::unknown;
  if (!trusted && *reading != (wanted == Power::on ? Reading::on : Reading::off)) {
    return std::string(to_string(*reading));
  }
  if (wanted == Power::on || !proof_.off_below) return std::string();
  const auto drawn = watts(deadline, stop);
  if (!drawn) return drawn.error();
  if (!*drawn) return Error{Errc::invalid, "'off_below' is set, but this outlet has no meter"};
  if (**drawn < *proof_.off_below) return std::string();
  return std::string(to_string(*reading)) + ", while " + format_watts(**drawn) + " are drawn from it";
}

Error ConfirmedSwitch::not_obeyed(Power wanted, const std::string& objection) const {
  return Error{Errc::io, outlet_->name() + ": it took the command " + rigbisect::to_string(wanted) +
                             " and still says " + objection +
                             ": is it stuck? If it only is slow, raise 'timings: power' of the board"};
}

Result<std::optional<Power>> ConfirmedSwitch::state(Deadline deadline, std::stop_token stop) {
  const auto ask = [&](Deadline until) { return outlet_->read(until, stop); };
  for (;;) {
    const auto reading = repeat(ask, deadline, stop);
    if (!reading) return reading.error().within(outlet_->name());
    if (*reading == Reading::unknown) return std::optional<Power>{};
    if (*reading != Reading::changing) return std::optional(*reading == Reading::on ? Power::on : Power::off);
    if (clock_.now() + kPoll >= deadline) {
      return Error{Errc::timeout, outlet_->name() + ": it is still switching"};
    }
    if (!clock_.sleep_until(clock_.now() + kPoll, stop)) {
      return Error{Errc::cancelled, outlet_->name() + ": stopped while it is switching"};
    }
  }
}

Result<std::optional<double>> ConfirmedSwitch::watts(Deadline deadline, std::stop_token stop) {
  return repeat([&](Deadline until) { return outlet_->watts(until, stop); }, deadline, stop);
}

Result<void> ConfirmedSwitch::start_cycle(Duration off_time, Deadline deadline, std::stop_token stop) {
  const auto tell = [&](Deadline until) { return outlet_->cycle(off_time, until, stop); };
  if (auto told = repeat(tell, deadline, stop); !told) return told.error().within(outlet_->name());
  return {};
}

Result<std::unique_ptr<PowerSwitch>> confirmed(std::unique_ptr<Outlet> outlet, Clock& clock,
                                               ConfirmedSwitch::Proof proof) {
  return std::unique_ptr<PowerSwitch>(std::make_unique<ConfirmedSwitch>(std::move(outlet), clock, proof));
}

}  // namespace rigbisect
