#include "run/board_probe.h"

#include <algorithm>
#include <cstdio>

#include "base/no_throw.h"
#include "base/text.h"
#include "run/off_witness.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

constexpr Duration kMeterTime = 2s;
constexpr std::size_t kBanner = 64;  // bytes of firmware text that are enough

std::string fetched(const std::vector<BootStage>& timeline) {
  std::vector<std::string> names;
  for (const BootStage& step : timeline) {
    if (std::find(names.begin(), names.end(), step.name) == names.end()) names.push_back(step.name);
  }
  return join(names, ", ");
}

}  // namespace

BoardProbe::BoardProbe(const Board& board, PowerSwitch& power, ConsoleFeed& console, BootMedium& boot,
                       std::vector<Neighbour> neighbours, Clock& clock, Sink sink)
    : board_(board),
      power_(power),
      console_(console),
      boot_(boot),
      neighbours_(std::move(neighbours)),
      clock_(clock),
      sink_(std::move(sink)),
      since_(clock.now()) {}

Result<ProbeReport> BoardProbe::run(const RunOrder& order, std::stop_token stop) {
  ProbeListener console(console_, neighbours_, order.expect.nonce, clock_);
  if (!step_off(console)) return report_;
  std::stop_source ends;
  const std::stop_callback by_user(stop, [&ends] { ends.request_stop(); });
  const std::stop_callback by_ear(console.heard_elsewhere(), [&ends] { ends.request_stop(); });
  const auto record =
      bench(console, [&](const RunProgress& now) { enter(now.stage, console); }).run(order, ends.get_token());
  if (record) {
    conclude(*record, console);
  } else if (record.error().code != Errc::cancelled) {
    tell(stage_, false, record.error().what);
  }
  if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
  blame_wires(console);
  return report_;
}

Result<ProbeReport> BoardProbe::run_firmware_only(std::stop_token stop) {
  ProbeListener console(console_, neighbours_, "", clock_);
  if (!step_off(console)) return report_;
  clock_.sleep_until(clock_.now() + board_.timings.off, stop);
  console.discard();
  enter("on", console);
  const auto on = no_throw([&] { return power_.set(Power::on, clock_.now() + board_.timings.power, stop); });
  if (on) {
    enter("firmware", console);
    const Deadline deadline = clock_.now() + board_.timings.firmware;
    while (console.said().size() < kBanner && clock_.now() < deadline && !stop.stop_requested())
      (void)console.next(std::min(deadline, clock_.now() + 1s), stop);
    report_.passed = !console.said().empty() && !console.is_garbage();
    tell(
        "firmware", report_.passed,
        console.said().empty() ? "not one byte on the console" : "the console said " + console.first_words());
  } else {
    tell("on", false, on.error().what);
  }
  const auto off = bench(console).power_off();
  stage_.clear();
  tell("off", off.ok(), off ? "off again" : off.error().what + ". THE MACHINE MAY STILL BE ON");
  report_.passed = report_.passed && off.ok();
  if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
  blame_wires(console);
  return report_;
}

Bench BoardProbe::bench(ProbeListener& console, Bench::Observer observer) {
  return {board_, power_, console, boot_, clock_, std::move(observer), off_witnesses(board_, clock_)};
}

bool BoardProbe::step_off(ProbeListener& console) {
  report_ = {};
  lines_driven_ = false;
  since_ = clock_.now();
  const auto off = bench(console).power_off();
  tell("off", off.ok(), off ? "the switch obeyed, and nothing shows power" + drawn() : off.error().what);
  if (off) console.discard();
  return off.ok();
}

// A stage of the bench has begun, so the one before has passed. The bench begins with an off that was shown.
void BoardProbe::enter(const std::string& stage, ProbeListener& console) {
  ModemLines* lines = stage == "off" ? nullptr : console.modem_lines();
  lines_driven_ = lines_driven_ || (lines != nullptr && lines->driven().value_or(false));
  if (stage == stage_ || stage == "off") return;
  if (!stage_.empty()) tell(stage_, true, passed_text(stage_, console));
  stage_ = stage;
  since_ = clock_.now();
}

std::string BoardProbe::passed_text(const std::string& stage, const ProbeListener& console) {
  if (stage == "arm") return "the " + board_.boot.driver + " medium has the kernel";
  if (stage == "on") return "the switch obeyed";
  if (stage == "firmware") return "the console said " + console.first_words();
  if (stage == "loader") return "the machine fetched: " + fetched(boot_.timeline());
  if (stage == "kernel")
    return "our init said hello: this console, outlet and boot medium are of one machine" + drawn();
  return "";
}

void BoardProbe::conclude(const RunRecord& record, const ProbeListener& console) {
  measure(record);
  const auto reached = [&](Stage stage) {
    return std::any_of(record.stages.begin(), record.stages.end(),
                       [&](const StageMark& mark) { return mark.stage == stage; });
  };
  const bool survived = std::holds_alternative<Survived>(record.outcome);
  // Once our init has spoken the wiring is right, and what a kernel does then is its own affair.
  report_.passed =
      survived || (reached(Stage::running) && !std::holds_alternative<BenchFault>(record.outcome));
  std::string text = describe(record.outcome);
  if (report_.passed) {
    const auto count = console.markers();
    text = std::to_string(count.whole) + " of " + std::to_string(count.sent) +
           " lines of our init came whole" + (survived ? "" : "; the kernel: " + text);
  } else if (console.is_garbage()) {
    text += ". What the console said is no text (" + console.first_words() +
            "): do the speeds in the board file, in `console=` and in the firmware's set-up agree?";
  }
  tell(stage_.empty() ? "run" : stage_, report_.passed, text);
  if (report_.passed) tell("off", true, "off again, and proven");
  if (report_.passed && board_.off_proof.modem_lines) judge_lines();
}

void BoardProbe::judge_lines() {
  report_.passed = lines_driven_;
  tell("modem lines", lines_driven_,
       lines_driven_ ? "the machine drives them while it is on"
                     : "the machine never drove CTS, DSR or DCD: does the cable carry them? Else take "
                       "`modem_lines` out of `off_proof:`, and silence shows that it is off");
}

void BoardProbe::measure(const RunRecord& record) {
  const auto at = [&](Stage stage) -> std::optional<TimePoint> {
    for (const StageMark& mark : record.stages) {
      if (mark.stage == stage) return mark.at;
    }
    return std::nullopt;
  };
  const auto between = [](std::optional<TimePoint> from,
                          std::optional<TimePoint> to) -> std::optional<Duration> {
    if (!from || !to || *to < *from) return std::nullopt;
    return *to - *from;
  };
  const auto loader = at(Stage::loader);
  report_.measured.firmware = between(at(Stage::firmware), loader ? loader : at(Stage::kernel));
  report_.measured.loader = between(loader, at(Stage::kernel));
  report_.measured.kernel = between(at(Stage::kernel), at(Stage::running));
}

// Text on another board's console while only this one was on: swapped wires, and which.
void BoardProbe::blame_wires(const ProbeListener& console) {
  const auto stray = console.stray();
  if (!stray || (report_.passed && !stray->certain)) return;  // one that works may have a noisy neighbour
  report_.passed = false;
  stage_.clear();
  const std::string boards = board_.name + " and " + stray->board;
  if (stray->certain) {
    tell("console", false,
         "this boot of " + board_.name + " talks on the console of " + stray->board +
             ": exchange the `console:` of " + boards + ", or their serial cables");
  } else {
    tell("console", false,
         "the console of " + stray->board + " spoke while only " + board_.name +
             " was on: are the consoles of " + boards + " swapped, or their outlets?");
  }
}

void BoardProbe::tell(const std::string& name, bool passed, const std::string& seen) {
  const TimePoint now = clock_.now();
  sink_({name, passed, seen, now - since_});
  since_ = now;
}

std::string BoardProbe::drawn() {
  PowerMeter* meter = power_.meter();
  if (meter == nullptr) return "";
  const auto watts = meter->watts(clock_.now() + kMeterTime, {});
  if (!watts || !*watts) return "";
  char text[48];
  std::snprintf(text, sizeof text, "; it draws %.1f W", **watts);
  return text;
}

std::vector<std::pair<std::string, Duration>> suggested_timings(const ProbeMeasures& measured) {
  std::vector<std::pair<std::string, Duration>> rows;
  const auto add = [&](const std::string& name, std::optional<Duration> took) {
    if (took)
      rows.emplace_back(name,
                        std::max<Duration>(10s, std::chrono::ceil<std::chrono::seconds>(*took * 3 / 5) * 5));
  };
  add("firmware", measured.firmware);
  add("loader", measured.loader);
  add("kernel", measured.kernel);
  return rows;
}

}  // namespace rigbisect
