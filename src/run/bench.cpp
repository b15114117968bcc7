#include "run/bench.h"

#include <algorithm>

#include "base/duration.h"
#include "base/no_throw.h"

namespace rigbisect {
namespace {

// How often the boot medium's timeline is looked at while the console is silent.
constexpr auto kGlance = std::chrono::milliseconds(200);
// How long a machine that was proven off is taken for off without being asked again.
constexpr auto kOffLasts = std::chrono::seconds(30);

// What a dead cable does not make of the noise of power coming and going.
constexpr std::size_t kProofOfText = 32;

std::size_t letters_in(std::string_view bytes) {
  return static_cast<std::size_t>(
      std::count_if(bytes.begin(), bytes.end(), [](char c) { return c >= ' ' && c <= '~'; }));
}

RunRecord fault_record(const Error& error) {
  return RunRecord{BenchFault{error}, {}, {}, {}};
}

}  // namespace

Bench::Bench(const Board& board, PowerSwitch& power, ConsoleFeed& console, BootMedium& boot, Clock& clock,
             Observer observer, std::vector<OffWitness> witnesses)
    : board_(board),
      power_(power),
      console_(console),
      boot_(boot),
      clock_(clock),
      observer_(std::move(observer)),
      prover_(board, power, console, std::move(witnesses), clock) {}

Result<void> Bench::power_off() {
  if (off_since_ && clock_.now() - *off_since_ < kOffLasts) return {};
  off_since_.reset();
  prover_.look();
  auto off = switch_power(Power::off, {});
  const TimePoint off_at = clock_.now();
  if (off) off = prover_.prove(off_at);
  if (!off) return off.error().within("board " + board_.name + ": power off");
  off_since_ = off_at;
  return {};
}

Result<RunRecord> Bench::run(const RunOrder& order, std::stop_token stop) {
  const TimePoint began = clock_.now();
  auto record = no_throw([&] { return attempt(order, stop); });
  // The order matters: power first, whatever else fails. A machine that may be on keeps its medium: writing
  // to a disk that it uses would do harm.
  if (const auto off = power_off(); !off) return fault_record(off.error());
  const auto disarmed = boot_.disarm();
  if (!record) return record;
  if (!disarmed && !std::holds_alternative<BenchFault>(record->outcome))
    return fault_record(disarmed.error().within("disarm"));
  record->elapsed = clock_.now() - began;
  return record;
}

Result<RunRecord> Bench::attempt(const RunOrder& order, std::stop_token stop) {
  report("off");
  if (auto off = power_off(); !off) return fault_record(off.error());
  report("arm");
  if (auto armed = boot_.arm(order.intent, clock_.now() + board_.timings.arm, stop); !armed) {
    if (armed.error().code == Errc::cancelled) return armed.error();
    return fault_record(armed.error().within("board " + board_.name + ": boot medium"));
  }
  if (!clock_.sleep_until(*off_since_ + board_.timings.off, stop)) return Error{Errc::cancelled, "stopped"};

  const auto power_on = start(stop);
  if (!power_on) {
    if (power_on.error().code == Errc::cancelled) return power_on.error();
    return fault_record(power_on.error().within("board " + board_.name));
  }
  RunWatcher watcher(board_.timings, board_.firmware_on_console, order.expect, *power_on,
                     boot_.handover() ? Predecessor::another_system : Predecessor::power_off);
  if (auto followed = follow(watcher, stop); !followed) return followed.error();

  RunRecord record{*watcher.outcome(), {}, watcher.marks(), clock_.now() - *power_on};
  if (std::holds_alternative<Hung>(record.outcome) && order.expect.symptom.kind == Symptom::Kind::hang) {
    if (auto proven = prove_console(stop); !proven) {
      if (proven.error().code == Errc::cancelled) return proven.error();
      record.outcome = BenchFault{proven.error()};
    }
  }
  if (auto* fault = std::get_if<BenchFault>(&record.outcome))
    fault->error = fault->error.within("board " + board_.name);
  return record;
}

// Only a stop or the end of the run leaves this loop. Every stage has a deadline, so it ends.
Result<void> Bench::follow(RunWatcher& watcher, std::stop_token stop) {
  Stage shown = Stage::firmware;
  std::string last_step;
  int executions = 0;
  report(to_string(shown));
  while (!watcher.outcome()) {
    const TimePoint now = clock_.now();
    const auto timeline = boot_.timeline();
    watcher.see_medium(timeline, boot_.diagnose(), now);
    const auto chunk = console_.next(std::min(watcher.deadline(), now + kGlance), stop);
    // A deadline has passed by the time on the bytes, not by when this thread gets to read them.
    if (chunk) {
      watcher.expire(chunk->at);
      watcher.feed(chunk->bytes, chunk->at);
    } else if (chunk.error().code == Errc::cancelled) {
      return chunk.error();
    } else {
      if (chunk.error().code != Errc::timeout) watcher.see_gap(chunk.error());
      watcher.expire(clock_.now());
    }
    const std::string step = timeline.empty() ? "" : timeline.back().name;
    if (watcher.stage() != shown || step != last_step || watcher.executions() != executions) {
      shown = watcher.stage();
      last_step = step;
      executions = watcher.executions();
      const std::string detail = shown == Stage::collecting ? watcher.crash_line()
                                 : shown <= Stage::loader   ? step
                                                            : "";
      report(to_string(shown), detail, executions);
    }
  }
  return {};
}

// Where silence is the symptom, a cable that died looks like it. The same boot once more must be heard.
Result<void> Bench::prove_console(std::stop_token stop) {
  report("proving the console");
  if (auto off = power_off(); !off) return off.error();
  if (!clock_.sleep_until(*off_since_ + board_.timings.off, stop)) return Error{Errc::cancelled, "stopped"};
  const auto power_on = start(stop);
  if (!power_on) return power_on.error();
  const Timings& limits = board_.timings;
  const Deadline deadline = *power_on + limits.firmware + limits.loader + limits.kernel;
  std::size_t heard = 0;
  while (heard < kProofOfText && clock_.now() < deadline) {
    const auto chunk = console_.next(deadline, stop);
    if (!chunk && chunk.error().code == Errc::cancelled) return chunk.error();
    if (chunk && chunk->at >= *power_on + limits.residue) heard += letters_in(chunk->bytes);
  }
  if (heard >= kProofOfText) return {};
  return Error{
      Errc::disconnected,
      "the machine fell silent, and when it was switched off and on again there was still no text on "
      "the console: that is the cable or the adapter, not a hang"};
}

// From off to a machine that starts the armed kernel; the time at which it began to.
Result<TimePoint> Bench::start(std::stop_token stop) {
  if (auto told = tell_firmware(stop); !told) return told.error().within("boot_once");
  console_.discard();
  report("on");
  off_since_.reset();
  const TimePoint power_on = clock_.now();
  if (auto on = switch_power(Power::on, stop); !on) return on.error().within("power on");
  BootHandover* handover = boot_.handover();
  if (handover == nullptr) return power_on;
  report("hand-over");
  const Timings& limits = board_.timings;
  auto handed = handover->hand_over(
      console_, power_on + limits.firmware + limits.loader + limits.kernel + limits.arm, stop);
  if (!handed) return handed.error().within("boot medium");
  console_.discard();
  return clock_.now();
}

// Right before power-on: a BMC may forget the wish after a minute.
Result<void> Bench::tell_firmware(std::stop_token stop) {
  if (!board_.boot_once) return {};
  BootOverride* bmc = power_.boot_override();
  if (bmc == nullptr) {
    return Error{Errc::invalid,
                 "power driver '" + board_.power.driver + "' is no BMC that tells the firmware what to boot"};
  }
  return bmc->boot_once(*board_.boot_once, clock_.now() + board_.timings.power, stop);
}

Result<void> Bench::switch_power(Power wanted, std::stop_token stop) {
  return power_.set(wanted, clock_.now() + board_.timings.power, stop);
}

void Bench::report(const std::string& stage, const std::string& detail, int executions) {
  if (observer_) observer_({board_.name, stage, detail, executions});
}

}  // namespace rigbisect
