#include <doctest/doctest.h>

#include "run/bench.h"
#include "tests/fakes/fake_machine.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

const std::string kNonce = "0123456789abcdef";
const std::string kUseAfterFree =
    "[    5.000000] ==================================================================\r\n"
    "[    5.000000] BUG: KASAN: use-after-free in ring_read+0x2a/0x3c\r\n"
    "[    5.000000] Read of size 8 at addr ffff888003a4f028 by task reproducer/23\r\n"
    "[    5.000000] \r\n"
    "[    5.000000] CPU: 0 PID: 23 Comm: reproducer Not tainted 6.1.0-test #1\r\n"
    "[    5.000000] Call Trace:\r\n"
    "[    5.000000]  <TASK>\r\n"
    "[    5.000000]  dump_stack_lvl+0x34/0x44\r\n"
    "[    5.000000]  print_report+0x16f/0x4a6\r\n"
    "[    5.000000]  kasan_report+0xa2/0x130\r\n"
    "[    5.000000]  ring_read+0x2a/0x3c\r\n"
    "[    5.000000]  vfs_read+0x11a/0x4a0\r\n"
    "[    5.000000]  ksys_read+0xb9/0x150\r\n"
    "[    5.000000]  do_syscall_64+0x3a/0x90\r\n"
    "[    5.000000]  entry_SYSCALL_64_after_hwframe+0x63/0xcd\r\n"
    "[    5.000000]  </TASK>\r\n"
    "[    5.000000] \r\n"
    "[    5.000000] Allocated by task 23:\r\n"
    "[    5.000000]  kasan_save_stack+0x1e/0x40\r\n"
    "[    5.000000]  __kasan_kmalloc+0x81/0xa0\r\n"
    "[    5.000000]  ring_open+0x20/0x40\r\n"
    "[    5.000000]  misc_open+0x1c5/0x260\r\n"
    "[    5.000000]  chrdev_open+0x1a1/0x3b0\r\n"
    "[    5.000000] ==================================================================\r\n";
const std::string kWarning =
    "[    4.500000] ------------[ cut here ]------------\r\n"
    "[    4.500000] WARNING: CPU: 0 PID: 23 at drivers/misc/other.c:88 other_poll+0x2a/0x3c\r\n"
    "[    4.500000] CPU: 0 PID: 23 Comm: reproducer Not tainted 6.1.0-test #1\r\n"
    "[    4.500000] RIP: 0010:other_poll+0x2a/0x3c\r\n"
    "[    4.500000] Call Trace:\r\n"
    "[    4.500000]  <TASK>\r\n"
    "[    4.500000]  do_sys_poll+0x2a/0x3c\r\n"
    "[    4.500000]  __x64_sys_poll+0x2a/0x3c\r\n"
    "[    4.500000]  do_syscall_64+0x3a/0x90\r\n"
    "[    4.500000]  entry_SYSCALL_64_after_hwframe+0x63/0xcd\r\n"
    "[    4.500000]  </TASK>\r\n"
    "[    4.500000] ---[ end trace 0000000000000000 ]---\r\n";

struct Fixture {
  FakeClock clock;
  FakeMachine machine{clock};
  FakePower power{machine};
  FakeConsole console{machine};
  FakeMedium medium{machine};
  Board board = [] {
    Board made;
    made.name = "fake-1";
    return made;
  }();
  std::vector<std::string> stages;
  Bench bench{board,  power, console,
              medium, clock, [this](const RunProgress& p) { stages.push_back(p.stage); }};
  RunOrder order{{"bzImage", "initramfs", "console=ttyS0", "0001-run"},
                 {kNonce,
                  "6.1.0-test",
                  "abcdef",
                  {Symptom::Kind::title, {"KASAN: use-after-free Read in ring_read"}},
                  4s}};

  RunOutcome run(const FakeMachine::Boot& script) {
    machine.boots = [script](const BootIntent&) { return script; };
    REQUIRE(bench.power_off());
    auto record = bench.run(order, {});
    REQUIRE(record);
    CHECK_FALSE(machine.on);
    CHECK_FALSE(machine.armed);
    return record->outcome;
  }
  static std::string fault(const RunOutcome& outcome) {
    const auto* found = std::get_if<BenchFault>(&outcome);
    REQUIRE_MESSAGE(found != nullptr, describe(outcome));
    return found->error.what;
  }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture,
                  "a run goes off, arm, on, up and off again, and a kernel that lasts has survived") {
  const auto outcome = run(BootScript(kNonce)
                               .boots()
                               .hello(5000)
                               .mark(5100, "start", "1")
                               .beats(6000, 9000)
                               .mark(9100, "done", "4"));
  REQUIRE(std::holds_alternative<Survived>(outcome));
  CHECK(std::get<Survived>(outcome).ran == 4s);
  CHECK(machine.log == std::vector<std::string>{"off", "arm", "on", "off", "disarm"});
  CHECK(stages.front() == "off");
  CHECK(stages.back() == "running");
}

TEST_CASE_FIXTURE(Fixture, "the machine stays off for the board's off time before it is switched on") {
  board.timings.off = 7s;
  const TimePoint began = clock.now();
  run(BootScript(kNonce).boots().hello(5000).mark(5100, "done", "1"));
  CHECK(machine.powered_at - began >= 7s);
}

TEST_CASE_FIXTURE(Fixture, "a crash with the symptom ends the run with its whole report") {
  const auto outcome = run(BootScript(kNonce)
                               .boots()
                               .hello(5000)
                               .mark(5100, "start", "1")
                               .say(6000, kUseAfterFree)
                               .beats(7000, 20000));
  const auto* crashed = std::get_if<Crashed>(&outcome);
  REQUIRE_MESSAGE(crashed != nullptr, describe(outcome));
  REQUIRE(crashed->reports.size() == 1);
  CHECK(crashed->reports[0].title == "KASAN: use-after-free Read in ring_read");
  CHECK(contains(crashed->reports[0].report, "Allocated by task 23"));
  CHECK_FALSE(crashed->during_boot);
  CHECK(crashed->after == 900ms);
}

TEST_CASE_FIXTURE(Fixture, "markers inside a report are not part of it and do not keep it open") {
  const auto half = kUseAfterFree.find("[    5.000000]  vfs_read");
  const auto outcome = run(BootScript(kNonce)
                               .boots()
                               .hello(5000)
                               .say(6000, kUseAfterFree.substr(0, half))
                               .mark(6100, "beat", "1")
                               .say(6200, kUseAfterFree.substr(half))
                               .beats(7000, 40000));
  REQUIRE(std::holds_alternative<Crashed>(outcome));
  CHECK_FALSE(contains(std::get<Crashed>(outcome).reports[0].report, "@rb1"));
  CHECK(clock.now() - machine.powered_at < 9s + board.off_proof.console_silent);
}

TEST_CASE_FIXTURE(Fixture, "an unrelated warning does not end the run; the symptom after it does") {
  const auto outcome = run(BootScript(kNonce)
                               .boots()
                               .hello(5000)
                               .say(5500, kWarning)
                               .beats(6000, 8000)
                               .say(8500, kUseAfterFree)
                               .beats(9000, 30000));
  REQUIRE(std::holds_alternative<Crashed>(outcome));
  const auto& reports = std::get<Crashed>(outcome).reports;
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].title == "WARNING in other_poll");
  CHECK(reports[1].title == "KASAN: use-after-free Read in ring_read");
}

TEST_CASE_FIXTURE(Fixture, "an unrelated warning alone is reported as that, not as survival") {
  const auto outcome = run(
      BootScript(kNonce).boots().hello(5000).say(5500, kWarning).beats(6000, 8000).mark(9000, "done", "3"));
  REQUIRE(std::holds_alternative<Crashed>(outcome));
  CHECK(std::get<Crashed>(outcome).reports[0].title == "WARNING in other_poll");
}

TEST_CASE_FIXTURE(Fixture, "a kernel that stops answering after it was up has hung") {
  const auto outcome = run(BootScript(kNonce).boots().hello(5000).mark(5100, "start", "1").beats(6000, 8000));
  REQUIRE_MESSAGE(std::holds_alternative<Hung>(outcome), describe(outcome));
  CHECK(contains(std::get<Hung>(outcome).evidence, "no heartbeat for 20s after execution 1"));
}

TEST_CASE_FIXTURE(Fixture, "silence is the symptom only if the same boot is heard once more") {
  order.expect.symptom = {Symptom::Kind::hang, {}};
  const FakeMachine::Boot hangs =
      BootScript(kNonce).boots().hello(5000).mark(5100, "start", "1").beats(6000, 8000);
  SUBCASE("heard") {
    const auto outcome = run(hangs);
    CHECK_MESSAGE(std::holds_alternative<Hung>(outcome), describe(outcome));
    CHECK(machine.power_ons == 2);
  }
  SUBCASE("a cable that died") {
    int boot = 0;
    machine.boots = [&](const BootIntent&) { return ++boot == 1 ? hangs : FakeMachine::Boot{}; };
    REQUIRE(bench.power_off());
    const auto record = bench.run(order, {});
    REQUIRE(record);
    CHECK(contains(fault(record->outcome), "the cable or the adapter, not a hang"));
    CHECK_FALSE(machine.on);
  }
}

TEST_CASE_FIXTURE(Fixture, "lines of our init that never came, nor a byte in their place, are a dead line") {
  const auto lose = [](FakeMachine::Boot boot, std::size_t from, std::size_t count,
                       const std::string& instead) {
    for (std::size_t i = from; i < from + count; ++i) boot.console[i].bytes = instead;
    return boot;
  };
  // firmware, banner, hello, start, six beats, done
  const FakeMachine::Boot whole = BootScript(kNonce)
                                      .boots()
                                      .hello(5000)
                                      .mark(5100, "start", "1")
                                      .beats(6000, 11000)
                                      .mark(12000, "done", "4");
  SUBCASE("dead for seconds") {
    CHECK(contains(fault(run(lose(whole, 5, 3, ""))), "3 lines in a row of our init never arrived"));
  }
  SUBCASE("noise that damaged as many") {
    CHECK(std::holds_alternative<Survived>(
        run(lose(whole, 5, 3, "[    1.0000] @rb1 0123456789abcdef 4 beat ~0\r\n"))));
  }
  SUBCASE("a single one") {
    CHECK(std::holds_alternative<Survived>(run(lose(whole, 5, 1, ""))));
  }
}

TEST_CASE_FIXTURE(Fixture, "a reproducer that is stuck in the kernel has hung although the init is well") {
  const auto outcome =
      run(BootScript(kNonce).boots().hello(5000).mark(5100, "start", "1").beats(6000, 99000));
  REQUIRE_MESSAGE(std::holds_alternative<Hung>(outcome), describe(outcome));
  CHECK(contains(std::get<Hung>(outcome).evidence, "stuck: not done after 25s after execution 1"));
}

TEST_CASE_FIXTURE(Fixture, "a machine that restarts by itself is an unexpected reboot") {
  const auto outcome = run(BootScript(kNonce)
                               .boots()
                               .hello(5000)
                               .beats(6000, 7000)
                               .say(8000, "SeaBIOS (version 1.16)\r\n")
                               .say(9000, "[    0.000000] Linux version 6.1.0-test (root@vm) #1\r\n"));
  REQUIRE_MESSAGE(std::holds_alternative<Crashed>(outcome), describe(outcome));
  CHECK(std::get<Crashed>(outcome).reports.back().title == "unexpected kernel reboot");
}

TEST_CASE_FIXTURE(Fixture, "a kernel that was fetched and never speaks has failed to boot") {
  BootScript script(kNonce);
  script.boots();
  FakeMachine::Boot boot = script;
  boot.console.pop_back();
  const auto outcome = run(boot);
  REQUIRE_MESSAGE(std::holds_alternative<BootFailed>(outcome), describe(outcome));
  CHECK(std::get<BootFailed>(outcome).stage == "kernel");
}

TEST_CASE_FIXTURE(Fixture,
                  "a kernel that starts and never reaches our init has failed to boot, with its last line") {
  const auto outcome =
      run(BootScript(kNonce).boots().say(4000, "[    0.500000] Mount-cache hash table entries: 512\r\n"));
  REQUIRE_MESSAGE(std::holds_alternative<BootFailed>(outcome), describe(outcome));
  CHECK(std::get<BootFailed>(outcome).stage == "ready");
  CHECK(contains(std::get<BootFailed>(outcome).why, "Mount-cache"));
}

TEST_CASE_FIXTURE(Fixture, "nothing at all after power-on is the rig's fault and names the cause") {
  const std::string what = fault(run({}));
  CHECK(contains(what, "board fake-1"));
  CHECK(contains(what, "not one byte on the console"));
  CHECK(contains(what, "no DHCP request"));
}

TEST_CASE_FIXTURE(Fixture, "a kernel that was fetched over a silent console is the rig's fault") {
  FakeMachine::Boot boot = BootScript(kNonce).boots();
  boot.console.clear();
  CHECK(contains(fault(run(boot)), "check the serial cable"));
}

TEST_CASE_FIXTURE(Fixture, "a loader that never fetches the kernel is the rig's fault") {
  FakeMachine::Boot boot = BootScript(kNonce).boots();
  boot.medium.resize(3);
  boot.console.resize(1);
  CHECK(contains(fault(run(boot)), "did not fetch its kernel: the last thing seen was loader"));
}

TEST_CASE_FIXTURE(Fixture, "a kernel of another run or another build never votes") {
  SUBCASE("wrong nonce") {
    CHECK(contains(fault(run(BootScript("ffffffffffffffff").boots().hello(5000))), "another run"));
  }
  SUBCASE("wrong release") {
    CHECK(contains(fault(run(BootScript(kNonce).boots().hello(5000, "6.0.9 abcdef"))), "wrong kernel"));
  }
  SUBCASE("wrong build id") {
    CHECK(contains(fault(run(BootScript(kNonce).boots().hello(5000, "6.1.0-test 00"))), "wrong kernel"));
  }
}

TEST_CASE_FIXTURE(Fixture, "a relay that does not follow is the rig's fault, and power-off is tried again") {
  REQUIRE(bench.power_off());
  machine.relay_stuck = true;
  auto record = bench.run(order, {});
  REQUIRE(record);
  CHECK(contains(fault(record->outcome), "power"));
  CHECK(machine.armed);  // a machine that may be on keeps its medium
}

TEST_CASE_FIXTURE(Fixture, "a machine that goes on talking after the relay let go has a stuck contact") {
  machine.boots = [](const BootIntent&) {
    return FakeMachine::Boot(BootScript(kNonce)
                                 .boots()
                                 .hello(5000)
                                 .mark(5100, "start", "1")
                                 .beats(6000, 60000)
                                 .mark(9100, "done", "4"));
  };
  REQUIRE(bench.power_off());
  machine.contact_stuck = true;
  const TimePoint began = clock.now();
  auto record = bench.run(order, {});
  REQUIRE(record);
  const std::string what = fault(record->outcome);
  CHECK(contains(what, "board fake-1: power off: "));
  CHECK(contains(what,
                 "the machine has power: its console went on talking for 10s, last \"[    1.000000] @rb1 "));
  CHECK(contains(what, "(the switch says off). Is its relay stuck"));
  CHECK(machine.armed);  // a machine that is on keeps its medium
  CHECK(clock.now() - began < 60s);
}

TEST_CASE_FIXTURE(Fixture, "a BMC tells the firmware what to boot, right before power-on") {
  board.boot_once = BootTarget::network;
  machine.boots = [](const BootIntent&) { return FakeMachine::Boot(BootScript(kNonce).boots()); };
  FakeBmc bmc(machine);
  Bench told(board, bmc, console, medium, clock, {});
  REQUIRE(told.power_off());
  REQUIRE(told.run(order, {}));
  CHECK(machine.log == std::vector<std::string>{"off", "arm", "boot network", "on", "off", "disarm"});
}

TEST_CASE_FIXTURE(Fixture, "a medium that hands over after power-on has its time, and the run begins then") {
  const auto script = BootScript(kNonce)
                          .boots()
                          .hello(5000)
                          .mark(5100, "start", "1")
                          .beats(6000, 9000)
                          .mark(9100, "done", "4");
  SUBCASE("it does") {
    medium.hands_over_after = 200s;  // more than the firmware's own time
    const auto outcome = run(script);
    CHECK(std::holds_alternative<Survived>(outcome));
    CHECK(machine.log == std::vector<std::string>{"off", "arm", "on", "hand over", "off", "disarm"});
    CHECK(machine.typed == "boot\r");  // the console is the medium's meanwhile
  }
  SUBCASE("it does not") {
    medium.hands_over_after = 1h;
    CHECK(contains(fault(run(script)), "boot medium: the installed system did not come up"));
  }
}

TEST_CASE_FIXTURE(Fixture, "what the system that hands over says while it stops is not the new kernel's") {
  medium.hands_over_after = 20s;
  BootScript script(kNonce);
  script.say(10, "[  812.100000] sysrq: Emergency Remount R/O\r\n").say(20, kWarning);
  SUBCASE("the new kernel's banner comes twice") {
    script.say(60, "[    0.000000] Linux version 6.1.0-test (root@vm) #1\r\n")
        .say(70, "[    0.000000] Linux version 6.1.0-test (root@vm) #1\r\n");
  }
  SUBCASE("its banner is damaged") {
    script
        .say(60,
             "[    0.000000] Linux v\xff\xff"
             "ion 6.1.0-test (root@vm) #1\r\n")
        .say(70, "[    0.000000] Command line: quiet\r\n");
  }
  SUBCASE("only its init is heard") {}
  SUBCASE("and a crash of its own counts") {
    script.say(60, "[    0.000000] Linux version 6.1.0-test (root@vm) #1\r\n")
        .hello(5000)
        .say(5500, kWarning);
    const auto outcome = run(script);
    REQUIRE(std::holds_alternative<Crashed>(outcome));
    const auto& reports = std::get<Crashed>(outcome).reports;
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].title == "WARNING in other_poll");
    return;
  }
  script.hello(5000).mark(5100, "start", "1").beats(6000, 9000).mark(9100, "done", "4");
  CHECK(std::holds_alternative<Survived>(run(script)));
}

TEST_CASE_FIXTURE(Fixture, "a switch that is no BMC cannot tell the firmware anything") {
  board.boot_once = BootTarget::network;
  CHECK(contains(fault(run({})), "boot_once: power driver '' is no BMC"));
}

TEST_CASE_FIXTURE(Fixture, "a board file may do without a silent console") {
  board.off_proof.console_silent = {};
  const auto outcome = run(BootScript(kNonce)
                               .boots()
                               .hello(5000)
                               .mark(5100, "start", "1")
                               .beats(6000, 9000)
                               .mark(9100, "done", "4"));
  CHECK(std::holds_alternative<Survived>(outcome));
}

TEST_CASE_FIXTURE(Fixture, "text that was still in the cable when the power went is no sign of power") {
  machine.on = true;
  machine.powered_at = clock.now();
  machine.script.console = {{100ms, "[    9.000000] still in the adapter\r\n"}};
  machine.contact_stuck = true;  // the fake falls silent all the same: nothing more is in its script
  CHECK(bench.power_off());
  CHECK(clock.now() - machine.powered_at == 1600ms);
}

TEST_CASE_FIXTURE(Fixture, "modem lines that were up and fell with the power prove off without a silence") {
  board.off_proof.modem_lines = true;
  machine.on = true;
  const TimePoint began = clock.now();
  SUBCASE("the cable carries them") {
    machine.has_modem_lines = true;
    CHECK(bench.power_off());
    CHECK(clock.now() - began == 100ms);
  }
  SUBCASE("they were never seen up: silence is asked") {
    CHECK(bench.power_off());
    CHECK(clock.now() - began == board.off_proof.console_silent);
  }
  SUBCASE("they stay up: the machine has power") {
    machine.has_modem_lines = true;
    machine.contact_stuck = true;
    const auto off = bench.power_off();
    REQUIRE_FALSE(off);
    CHECK(contains(off.error().what, "it still drives CTS, DSR or DCD of its console 10s after it was"));
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "every witness must see the machine off, and is asked until the switch's time is over") {
  int looks = 0;
  std::string sign = "10.77.0.42 answers a ping";
  const auto witness = [&](Deadline) -> Result<std::string> {
    return ++looks < 4 ? std::string("10.77.0.42 answers a ping") : sign;
  };
  Bench watched(board, power, console, medium, clock, {}, {witness});
  SUBCASE("a sign that ends") {
    sign = "";
    CHECK(watched.power_off());
    CHECK(looks == 4);
  }
  SUBCASE("a sign that stays") {
    const auto off = watched.power_off();
    REQUIRE_FALSE(off);
    CHECK(contains(off.error().what, "10.77.0.42 answers a ping 10s after it was switched off"));
  }
  SUBCASE("a witness that cannot look") {
    Bench blind(board, power, console, medium, clock, {}, {[](Deadline) -> Result<std::string> {
                  return Error{Errc::not_found, "no interface rig7"};
                }});
    const auto off = blind.power_off();
    REQUIRE_FALSE(off);
    CHECK(contains(off.error().what, "proof of off: no interface rig7"));
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "a machine that was off for long is switched off again before its medium is touched") {
  REQUIRE(bench.power_off());
  REQUIRE(bench.power_off());
  CHECK(machine.log == std::vector<std::string>{"off"});
  clock.sleep_until(clock.now() + 1min, {});
  REQUIRE(bench.power_off());
  CHECK(machine.log == std::vector<std::string>{"off", "off"});
}

TEST_CASE_FIXTURE(Fixture, "a console that went away while the kernel ran is the rig's fault, not a hang") {
  machine.boots = [this](const BootIntent&) {
    return FakeMachine::Boot(BootScript(kNonce).boots().hello(5000).beats(6000, 7000));
  };
  REQUIRE(bench.power_off());
  Bench watched(board, power, console, medium, clock,
                [this](const RunProgress& p) { machine.unplugged = p.stage == "running"; });
  auto record = watched.run(order, {});
  REQUIRE(record);
  CHECK(contains(fault(record->outcome), "console went away"));
}

TEST_CASE_FIXTURE(Fixture, "a console that was away for a while can prove a crash, but nothing else") {
  const auto play = [this](const FakeMachine::Boot& script) {
    machine.boots = [script](const BootIntent&) { return script; };
    REQUIRE(bench.power_off());
    Bench watched(board, power, console, medium, clock, [this](const RunProgress& p) {
      if (p.stage == "running" && p.executions == 1) machine.losses = 1;
    });
    auto record = watched.run(order, {});
    REQUIRE(record);
    return record->outcome;
  };
  auto script = BootScript(kNonce).boots().hello(5000).mark(5100, "start", "1").beats(6000, 7000);
  SUBCASE("survived") {
    CHECK(contains(fault(play(script.mark(9000, "done", "1"))), "may have been missed"));
  }
  SUBCASE("hung") {
    CHECK(contains(fault(play(script)), "away for a part of the run"));
  }
  SUBCASE("crashed") {
    CHECK(std::holds_alternative<Crashed>(play(script.say(8000, kUseAfterFree))));
  }
}

TEST_CASE_FIXTURE(Fixture, "what a driver throws is an error, and the machine is switched off") {
  struct Throwing : FakePower {
    using FakePower::FakePower;
    Result<void> set(Power wanted, Deadline deadline, std::stop_token stop) override {
      const auto done = FakePower::set(wanted, deadline, stop);
      if (wanted == Power::on) throw std::runtime_error("from a library");
      return done;
    }
  };
  Throwing throwing(machine);
  Bench shaken(board, throwing, console, medium, clock, {});
  REQUIRE(shaken.power_off());
  const auto record = shaken.run(order, {});
  REQUIRE_FALSE(record);
  CHECK(contains(record.error().what, "from a library"));
  CHECK(machine.power_ons == 1);
  CHECK_FALSE(machine.on);
}

TEST_CASE_FIXTURE(Fixture, "a stop switches the machine off and knows nothing about the kernel") {
  std::stop_source stop;
  Bench watched(board, power, console, medium, clock, [&](const RunProgress& p) {
    if (p.stage == "kernel") stop.request_stop();
  });
  machine.boots = [](const BootIntent&) { return FakeMachine::Boot(BootScript(kNonce).boots().hello(5000)); };
  auto record = watched.run(order, stop.get_token());
  REQUIRE_FALSE(record);
  CHECK(record.error().code == Errc::cancelled);
  CHECK_FALSE(machine.on);
}

TEST_CASE_FIXTURE(Fixture, "what the run before still had in the cable is not this run's") {
  BootScript script(kNonce);
  script.say(20, kUseAfterFree)
      .say(40, "[    9.000000] " + format_marker({"ffffffffffffffff", 9, "beat", "9"}) + "\r\n");
  const auto outcome =
      run(script.boots().hello(5000).mark(5100, "start", "1").beats(6000, 9000).mark(9100, "done", "4"));
  CHECK_MESSAGE(std::holds_alternative<Survived>(outcome), describe(outcome));
}

TEST_CASE_FIXTURE(Fixture, "a crash during boot says so") {
  const auto outcome = run(BootScript(kNonce).boots().say(3500, kUseAfterFree));
  REQUIRE_MESSAGE(std::holds_alternative<Crashed>(outcome), describe(outcome));
  CHECK(std::get<Crashed>(outcome).during_boot);
}
