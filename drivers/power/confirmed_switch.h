#pragma once

#include <memory>
#include <optional>
#include <string>

#include "device/power_switch.h"

// What most power drivers have in common: they send a command, then ask until the device says so too.
namespace rigbisect {

// What an outlet says of itself. `changing`: it took a command and is not there yet; `unknown`: it cannot
// say.
enum class Reading { off, on, changing, unknown };

// One outlet as its protocol knows it: single exchanges, repeated and judged by ConfirmedSwitch. Every call
// blocks until `deadline` at most and opens and closes what it needs, so that the device can serve others.
class Outlet {
 public:
  virtual ~Outlet() = default;

  // Tells the device once. Success: it took the command. A device may get it twice.
  virtual Result<void> command(Power wanted, Deadline deadline, std::stop_token stop) = 0;

  // Asks the device once. Never a guess.
  virtual Result<Reading> read(Deadline deadline, std::stop_token stop) = 0;

  // What flows, in watts; nullopt: no meter here.
  virtual Result<std::optional<double>> watts(Deadline deadline, std::stop_token stop);

  // The longest time that cycle() can set its timer to; 0: it has none.
  virtual Duration longest_cycle() const { return {}; }

  // Tells the device once: off now, and on again by its own timer after `off_time`, or a little more.
  virtual Result<void> cycle(Duration off_time, Deadline deadline, std::stop_token stop);

  // Whether a command may get lost without anybody noticing (no acknowledgement): then it is told again until
  // the state follows.
  virtual bool may_miss_commands() const { return false; }

  // The longest time for one exchange.
  virtual Duration patience() const { return std::chrono::seconds(10); }

  // Driver and device for messages: "snmp pdu-1 outlet 3".
  virtual std::string name() const = 0;
};

// A PowerSwitch that repeats an exchange that was lost (timeout, disconnected, busy; three attempts), waits
// for the device to confirm until the deadline, and, with `off_below`, believes "off" only from a meter that
// shows less.
class ConfirmedSwitch : public PowerSwitch, public PowerMeter, public PowerCycler {
 public:
  struct Proof {
    std::optional<double> off_below = {};  // watts
  };

  ConfirmedSwitch(std::unique_ptr<Outlet> outlet, Clock& clock, Proof proof);

  Result<void> set(Power wanted, Deadline deadline, std::stop_token stop) override;
  Result<std::optional<Power>> state(Deadline deadline, std::stop_token stop) override;
  Result<std::optional<double>> watts(Deadline deadline, std::stop_token stop) override;
  PowerMeter* meter() override { return this; }
  Result<void> start_cycle(Duration off_time, Deadline deadline, std::stop_token stop) override;
  // Not with `off_below`: a timer's "off" is over before the meter has proved it.
  PowerCycler* cycler() override {
    return outlet_->longest_cycle() > Duration{} && !proof_.off_below ? this : nullptr;
  }
  Duration longest_off() const override { return outlet_->longest_cycle(); }

 private:
  // "" if the outlet is as wanted, else what it says instead.
  Result<std::string> objection(Power wanted, Deadline deadline, std::stop_token stop);
  Error not_obeyed(Power wanted, const std::string& objection) const;
  template <typename Exchange>
  auto repeat(const Exchange& exchange, Deadline deadline, std::stop_token stop);

  std::unique_ptr<Outlet> outlet_;
  Clock& clock_;
  Proof proof_;
};

// For a driver's make().
Result<std::unique_ptr<PowerSwitch>> confirmed(std::unique_ptr<Outlet> outlet, Clock& clock,
                                               ConfirmedSwitch::Proof proof = {});

}  // namespace rigbisect
