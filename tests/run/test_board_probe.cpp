#include <doctest/doctest.h>

#include "run/board_probe.h"
#include "tests/fakes/fake_machine.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

const std::string kNonce = "0123456789abcdef";

struct Fixture {
  FakeClock clock;
  FakeMachine machine{clock};
  FakePower power{machine};
  FakeConsole console{machine};
  FakeMedium medium{machine};
  // The machine of another board: its own power is off, and its console may be wired to our machine.
  FakeMachine other{clock};
  FakeConsole other_console{other};
  Board board = [] {
    Board made;
    made.name = "nuc-1";
    made.boot.driver = "pxe";
    return made;
  }();
  RunOrder order{{"bzImage", "initramfs", "console=ttyS0", "probe"}, {kNonce, "", "", {}, 3s}};
  std::vector<ProbeStep> steps;
  BoardProbe probe{
      board, power, console, medium, {{"nuc-2", other_console}}, clock, [this](const ProbeStep& step) {
        steps.push_back(step);
      }};

  ProbeReport run(const FakeMachine::Boot& script) {
    machine.boots = [script](const BootIntent&) { return script; };
    const auto report = probe.run(order, {});
    REQUIRE(report);
    CHECK((!machine.on || machine.contact_stuck));
    return *report;
  }
  std::string outline() const {
    std::string text;
    for (const ProbeStep& step : steps) text += step.name + (step.passed ? " ok, " : " FAILED, ");
    return text;
  }
};

FakeMachine::Boot good_boot() {
  return BootScript(kNonce)
      .boots()
      .hello(5000)
      .mark(5100, "start", "1")
      .beats(6000, 8000)
      .mark(8100, "done", "9");
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a board that is wired well passes every step, and its times are measured") {
  const auto report = run(good_boot());
  CHECK(report.passed);
  CHECK(outline() == "off ok, arm ok, on ok, firmware ok, loader ok, kernel ok, running ok, off ok, ");
  CHECK(steps[0].seen == "the switch obeyed, and nothing shows power");
  CHECK(steps[3].seen == "the console said \"SeaBIOS (version 1.16)\"");
  CHECK(steps[4].seen == "the machine fetched: DISCOVER, REQUEST, loader, script, kernel, initramfs");
  CHECK(contains(steps[5].seen, "this console, outlet and boot medium are of one machine"));
  CHECK(steps[6].seen == "6 of 6 lines of our init came whole");
  CHECK(report.measured.firmware == 1s);
  CHECK(report.measured.loader == 2s);
  CHECK(report.measured.kernel == 2s);
}

TEST_CASE_FIXTURE(Fixture, "modem lines that a board file counts on must be seen while the machine is on") {
  board.off_proof.modem_lines = true;
  for (const bool carried : {true, false}) {
    CAPTURE(carried);
    machine.has_modem_lines = carried;
    CHECK(run(good_boot()).passed == carried);
    CHECK(steps.back().name == "modem lines");
    CHECK(contains(steps.back().seen, carried ? "drives them while it is on" : "does the cable carry them?"));
  }
}

TEST_CASE_FIXTURE(Fixture, "a machine that stays on fails at off, and nothing is armed") {
  machine.switch_to(true);
  for (int s = 0; s < 60; ++s) machine.script.console.push_back({std::chrono::seconds(s), "beat\r\n"});
  machine.contact_stuck = true;
  const auto report = run(good_boot());
  CHECK_FALSE(report.passed);
  CHECK(outline() == "off FAILED, ");
  CHECK(contains(steps[0].seen, "its console went on talking"));
  CHECK_FALSE(machine.armed);
}

TEST_CASE_FIXTURE(Fixture, "a machine that never asks for an address fails at firmware, with the cause") {
  const auto report = run({});
  CHECK_FALSE(report.passed);
  CHECK(outline() == "off ok, arm ok, on ok, firmware FAILED, ");
  CHECK(contains(steps.back().seen, "no DHCP request since power-on"));
  CHECK(report.measured.firmware == std::nullopt);
}

TEST_CASE_FIXTURE(Fixture, "swapped consoles are found by the nonce on the other console") {
  other.on = true;  // in the fake: its console speaks when our machine does
  other.powered_at = clock.now() + 10s;
  other.script = good_boot();
  FakeMachine::Boot silent = good_boot();
  silent.console.clear();
  const TimePoint began = clock.now();
  const auto report = run(silent);
  CHECK_FALSE(report.passed);
  CHECK(steps.back().name == "console");
  CHECK(contains(steps.back().seen,
                 "this boot of nuc-1 talks on the console of nuc-2: exchange the `console:`"));
  CHECK(clock.now() - began < 30s);  // no deadline was waited for
}

TEST_CASE_FIXTURE(Fixture, "text on another console makes a failure a matter of wires") {
  other.on = true;
  other.powered_at = clock.now() + 10s;
  other.script.console = {{100ms, "SeaBIOS (version 1.16)\r\niPXE 1.21 ... no bootable device\r\n"}};
  const auto report = run({});
  CHECK_FALSE(report.passed);
  CHECK(contains(steps.back().seen, "the console of nuc-2 spoke while only nuc-1 was on"));
}

TEST_CASE_FIXTURE(Fixture, "garbage on the console is a matter of speeds") {
  BootScript script(kNonce);
  script.boots();
  FakeMachine::Boot boot = script;
  boot.console = {{100ms, std::string(300, '\xf8')}};
  const auto report = run(boot);
  CHECK_FALSE(report.passed);
  CHECK(contains(steps.back().seen, "do the speeds in the board file"));
}

TEST_CASE_FIXTURE(Fixture, "a kernel that crashes after our init was heard says nothing about the wires") {
  const auto report = run(BootScript(kNonce).boots().hello(5000).mark(5100, "start", "1").beats(6000, 7000));
  CHECK(report.passed);  // it hung
  CHECK(contains(steps[6].seen, "the kernel: hung"));
}

TEST_CASE_FIXTURE(Fixture, "without a kernel the firmware's words are what is waited for") {
  machine.armed = true;
  machine.boots = [](const BootIntent&) {
    return FakeMachine::Boot{{{2s,
                               "\x1b[0m\x1b[?7l\x1b[2JAmerican Megatrends BIOS, press DEL to run setup, F12 "
                               "for the boot menu now\r\n"}},
                             {}};
  };
  const auto report = probe.run_firmware_only({});
  REQUIRE(report);
  CHECK(report->passed);
  CHECK(outline() == "off ok, on ok, firmware ok, off ok, ");
  CHECK(contains(steps[2].seen, "the console said \"American Megatrends"));
  CHECK_FALSE(machine.on);
}

TEST_CASE_FIXTURE(Fixture, "a stop switches the machine off") {
  std::stop_source stop;
  machine.boots = [&](const BootIntent&) {
    stop.request_stop();
    return FakeMachine::Boot{};
  };
  const auto report = probe.run(order, stop.get_token());
  REQUIRE_FALSE(report);
  CHECK(report.error().code == Errc::cancelled);
  CHECK_FALSE(machine.on);
}

TEST_CASE("suggested times have room, in whole five seconds") {
  ProbeMeasures measured;
  measured.firmware = 11800ms;
  measured.kernel = 2s;
  const auto rows = suggested_timings(measured);
  CHECK(rows == std::vector<std::pair<std::string, Duration>>{{"firmware", 40s}, {"kernel", 10s}});
}
