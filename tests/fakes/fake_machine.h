#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/marker.h"
#include "device/boot_medium.h"
#include "device/console_feed.h"
#include "device/power_switch.h"
#include "tests/fakes/fake_clock.h"

namespace rigbisect {

// A machine in fake time: what it says on its UART and fetches from its boot medium after power-on is a
// script. Power, console and medium are three faces of it, as for a real one.
struct FakeMachine {
  explicit FakeMachine(FakeClock& fake_clock) : clock(fake_clock) {}

  struct Said {
    Duration after_power_on;
    std::string bytes;
  };
  struct Fetched {
    Duration after_power_on;
    std::string stage;
  };
  // What one boot of the armed intent does; called at power-on.
  struct Boot {
    std::vector<Said> console;
    std::vector<Fetched> medium;
  };

  FakeClock& clock;
  std::function<Boot(const BootIntent&)> boots = [](const BootIntent&) { return Boot{}; };
  bool relay_stuck = false;    // the switch does not obey and says so
  bool contact_stuck = false;  // it obeys, and the machine keeps its power
  bool unplugged = false;
  bool has_modem_lines = false;  // its cable carries them
  int losses = 0;                // times that the console reports a gap and is back at once

  bool on = false;
  bool told = false;  // what the switch was told last
  int power_ons = 0;
  std::string typed;             // on its console
  std::vector<std::string> log;  // "on", "off", "arm", "disarm", in order
  TimePoint powered_at;
  Boot script;
  std::size_t next_chunk = 0;
  BootIntent intent;
  bool armed = false;

  void switch_to(bool wanted) {
    log.emplace_back(wanted ? "on" : "off");
    told = wanted;
    if (contact_stuck && !wanted) return;
    if (wanted && !on) {
      ++power_ons;
      powered_at = clock.now();
      script = armed ? boots(intent) : Boot{};
      next_chunk = 0;
    }
    on = wanted;
  }
};

class FakePower : public PowerSwitch {
 public:
  explicit FakePower(FakeMachine& machine) : machine_(machine) {}

  Result<void> set(Power wanted, Deadline, std::stop_token) override {
    if (machine_.relay_stuck) return Error{Errc::timeout, "relay: does not follow"};
    machine_.switch_to(wanted == Power::on);
    return {};
  }
  Result<std::optional<Power>> state(Deadline, std::stop_token) override {
    return std::optional<Power>(machine_.told ? Power::on : Power::off);
  }

 private:
  FakeMachine& machine_;
};

// A switch that is a BMC: it tells the firmware what to boot.
class FakeBmc : public FakePower, public BootOverride {
 public:
  explicit FakeBmc(FakeMachine& machine) : FakePower(machine), log_(machine.log) {}
  BootOverride* boot_override() override { return this; }
  Result<void> boot_once(BootTarget target, Deadline, std::stop_token) override {
    log_.emplace_back(target == BootTarget::network ? "boot network" : "boot disk");
    return {};
  }

 private:
  std::vector<std::string>& log_;
};

// Hands out the script's bytes when fake time reaches them; waiting advances the time.
class FakeConsole : public ConsoleFeed, public ModemLines {
 public:
  explicit FakeConsole(FakeMachine& machine) : machine_(machine) {}

  Result<ConsoleChunk> next(Deadline deadline, std::stop_token stop) override {
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
    if (machine_.unplugged) {
      machine_.clock.sleep_until(deadline, stop);
      return Error{Errc::disconnected, "the adapter is gone"};
    }
    if (machine_.losses > 0) {
      --machine_.losses;
      return Error{Errc::disconnected, "the adapter was lost for a while"};
    }
    const bool more = machine_.on && machine_.next_chunk < machine_.script.console.size();
    if (more) {
      const auto& said = machine_.script.console[machine_.next_chunk];
      const TimePoint due = machine_.powered_at + said.after_power_on;
      if (due <= deadline) {
        machine_.clock.sleep_until(due, stop);
        ++machine_.next_chunk;
        return ConsoleChunk{said.bytes, machine_.clock.now()};
      }
    }
    machine_.clock.sleep_until(deadline, stop);
    return Error{Errc::timeout, "nothing on the console"};
  }
  void discard() override {}
  Result<void> write(std::span<const char> bytes, Deadline, std::stop_token) override {
    machine_.typed.append(bytes.data(), bytes.size());
    return {};
  }
  ModemLines* modem_lines() override { return this; }
  std::optional<bool> driven() override {
    if (machine_.unplugged) return std::nullopt;
    return machine_.on && machine_.has_modem_lines;
  }

 private:
  FakeMachine& machine_;
};

class FakeMedium : public BootMedium, public BootHandover {
 public:
  // Set: the machine starts something else first, which takes so long to hand over.
  std::optional<Duration> hands_over_after;

  BootHandover* handover() override { return hands_over_after ? this : nullptr; }
  Result<void> hand_over(ConsoleFeed& console, Deadline deadline, std::stop_token stop) override {
    machine_.log.emplace_back("hand over");
    if (auto typed = console.write(std::string_view("boot\r"), deadline, stop); !typed) return typed;
    const TimePoint due = machine_.powered_at + *hands_over_after;
    machine_.clock.sleep_until(std::min(due, deadline), stop);
    if (due > deadline) return Error{Errc::timeout, "the installed system did not come up"};
    machine_.powered_at = due;  // the script of the boot begins now
    machine_.next_chunk = 0;
    return {};
  }

  explicit FakeMedium(FakeMachine& machine) : machine_(machine) {}

  Result<void> arm(const BootIntent& intent, Deadline, std::stop_token) override {
    machine_.log.emplace_back("arm");
    machine_.intent = intent;
    machine_.armed = true;
    return {};
  }
  Result<void> disarm() override {
    machine_.log.emplace_back("disarm");
    machine_.armed = false;
    return {};
  }
  std::vector<BootStage> timeline() const override {
    std::vector<BootStage> stages;
    if (!machine_.on) return stages;
    for (const auto& fetched : machine_.script.medium) {
      const TimePoint at = machine_.powered_at + fetched.after_power_on;
      if (at <= machine_.clock.now()) stages.push_back({fetched.stage, "", at});
    }
    return stages;
  }
  std::string diagnose() const override {
    const auto stages = timeline();
    return stages.empty() ? "no DHCP request since power-on"
                          : "the last thing seen was " + stages.back().name;
  }

 private:
  FakeMachine& machine_;
};

// Scripts for FakeMachine::boots, with the nonce that the run expects.
class BootScript {
 public:
  explicit BootScript(std::string nonce) : nonce_(std::move(nonce)) {}

  // Firmware talks, the medium serves everything, the kernel says its first line at 3 s.
  BootScript& boots() {
    say(100, "SeaBIOS (version 1.16)\r\n");
    for (const auto& [ms, stage] : std::vector<std::pair<int, std::string>>{{1000, "DISCOVER"},
                                                                            {1100, "REQUEST"},
                                                                            {1200, "loader"},
                                                                            {1500, "script"},
                                                                            {2000, "kernel"},
                                                                            {2500, "initramfs"}}) {
      boot_.medium.push_back({std::chrono::milliseconds(ms), stage});
    }
    return say(3000, "[    0.000000] Linux version 6.1.0-test (root@vm) #1\r\n");
  }
  BootScript& say(int ms, std::string bytes) {
    boot_.console.push_back({std::chrono::milliseconds(ms), std::move(bytes)});
    return *this;
  }
  BootScript& mark(int ms, const std::string& kind, const std::string& payload = "") {
    return say(ms, "[    1.000000] " + format_marker({nonce_, ++sequence_, kind, payload}) + "\r\n");
  }
  BootScript& hello(int ms, const std::string& payload = "6.1.0-test abcdef") {
    return mark(ms, "hello", payload);
  }
  BootScript& beats(int from_ms, int to_ms) {
    for (int ms = from_ms; ms <= to_ms; ms += 1000) mark(ms, "beat", "1");
    return *this;
  }
  operator FakeMachine::Boot() const { return boot_; }  // NOLINT(google-explicit-constructor)

 private:
  std::string nonce_;
  std::uint32_t sequence_ = 0;
  FakeMachine::Boot boot_;
};

}  // namespace rigbisect
