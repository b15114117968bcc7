#include "run/run_watcher.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "base/duration.h"
#include "base/text.h"

namespace rigbisect {
namespace {

constexpr std::size_t kMaxLine = 4096;
constexpr std::size_t kMaxNoted = 16;
// Less than any marker is long.
constexpr std::uint64_t kShortestMarker = 40;
constexpr const char* kRebootTitle = "unexpected kernel reboot";

bool matches(const std::vector<CrashReport>& reports, const Symptom& symptom) {
  return std::any_of(reports.begin(), reports.end(), [&](const CrashReport& report) {
    const CrashClass kind = classify(report, symptom);
    return kind == CrashClass::same || kind == CrashClass::family;
  });
}

// What is between the brackets of "[    0.000000] text", as printk stamps a line; "" = no stamp.
std::string_view printk_stamp(std::string_view line) {
  const auto open = line.find('[');
  if (open > 8) return {};  // or there is none
  const auto dot = line.find('.', open);
  const auto close = line.find(']', open);
  if (dot == std::string_view::npos || close == std::string_view::npos || dot > close || close - open > 24)
    return {};
  const std::string_view seconds = line.substr(open + 1, dot - open - 1);
  const bool whole = !seconds.empty() && seconds.find_first_not_of(" 0123456789") == std::string_view::npos &&
                     seconds.find_first_of("0123456789") != std::string_view::npos && close - dot > 3;
  return whole ? line.substr(open + 1, close - open - 1) : std::string_view();
}

bool clock_just_started(std::string_view stamp) {
  return !stamp.empty() && stamp.find_first_not_of(" 0.") == std::string_view::npos;
}

CrashReport reboot_report() {
  CrashReport report;
  report.title = kRebootTitle;
  report.type = "REBOOT";
  report.report =
      "The machine restarted by itself: firmware and kernel came up again without a power cycle of ours.\n";
  return report;
}

std::string seconds(Duration duration) {
  return format_duration(std::chrono::duration_cast<std::chrono::seconds>(duration));
}

}  // namespace

const char* to_string(Stage stage) {
  switch (stage) {
    case Stage::firmware:
      return "firmware";
    case Stage::loader:
      return "loader";
    case Stage::kernel:
      return "kernel";
    case Stage::running:
      return "running";
    case Stage::collecting:
      return "collecting";
  }
  return "firmware";
}

RunWatcher::RunWatcher(const Timings& timings, bool firmware_on_console, Expectation expectation,
                       TimePoint began, Predecessor predecessor)
    : timings_(timings),
      firmware_on_console_(firmware_on_console),
      expectation_(std::move(expectation)),
      began_(began),
      predecessor_(predecessor),
      marks_{{Stage::firmware, began}},
      started_(began),
      last_sign_(began),
      stage_since_(began),
      last_crash_text_(began) {}

void RunWatcher::feed(std::string_view bytes, TimePoint at) {
  bytes_ += bytes.size();
  if (is_leftover(at)) return;
  if (gap_) {
    gap_.reset();
    last_sign_ = at;  // what was said during the gap is not the kernel's silence
  }
  while (!bytes.empty() && !outcome_) {
    const auto newline = bytes.find('\n');
    partial_line_.append(bytes.substr(0, newline));
    if (newline == std::string_view::npos && partial_line_.size() < kMaxLine) return;
    partial_line_ += '\n';
    const std::string whole = std::move(partial_line_);
    partial_line_.clear();
    line(whole, at);
    if (newline == std::string_view::npos) return;
    bytes.remove_prefix(newline + 1);
  }
}

// A crash of the run before must not be taken for one of this kernel. A machine that is handed over may start
// it at once; there starts_kernel() tells the two apart.
bool RunWatcher::is_leftover(TimePoint at) const {
  return predecessor_ == Predecessor::power_off && at < began_ + timings_.residue;
}

void RunWatcher::line(std::string_view text, TimePoint at) {
  if (const auto parsed = parse_marker(trim(text))) {
    marker(*parsed, at);
    return;
  }
  bytes_since_marker_ += text.size();
  if (const auto words = trim(text); !words.empty()) last_text_ = std::string(words.substr(0, 200));
  kernel_line(text, at);
  if (outcome_ || stage() < Stage::kernel) return;
  crash_.feed(text);
  if (crash_at_) {
    last_crash_text_ = at;
  } else if (!crash_.started().empty()) {
    collect(at);
  }
}

void RunWatcher::kernel_line(std::string_view text, TimePoint at) {
  const bool banner = text.find("Linux version ") != std::string_view::npos;
  if (banner) ++kernel_starts_;
  if (stage() < Stage::kernel && (banner || starts_kernel(text))) {
    kernel_starts_ = std::max<std::size_t>(kernel_starts_, 1);
    enter(Stage::kernel, at);
    started_ = at;
    return;
  }
  // An early console may print the banner again when the real one takes over; after our init has spoken, or
  // when it comes a third time, only a restart explains it.
  if (banner && ((greeted_ && kernel_starts_ > 1) || kernel_starts_ > 2)) restarted(at);
}

// The shutdown of another system has stamps, too, and warnings that must not vote; dozens of lines of a new
// kernel have the time zero, so noise does not hide them all.
bool RunWatcher::starts_kernel(std::string_view text) const {
  const std::string_view stamp = printk_stamp(text);
  return predecessor_ == Predecessor::power_off ? !stamp.empty() : clock_just_started(stamp);
}

void RunWatcher::marker(const Marker& marker, TimePoint at) {
  if (marker.nonce != expectation_.nonce && marker.kind == "fault") {
    fault("the init of the run cannot read what it is to do: " + printable(marker.payload));
    return;
  }
  if (marker.nonce != expectation_.nonce) {
    fault("the machine is running the kernel of another run (nonce " + marker.nonce + ", expected " +
          expectation_.nonce +
          "): it did not lose power when it was switched off, or it booted from a stale medium");
    return;
  }
  last_sign_ = at;
  count_up_to(marker);
  if (!greeted_ && marker.kind == "hello") hello(marker, at);
  if (outcome_) return;
  if (!greeted_) return;
  if (marker.kind == "start") {
    if (executions_ == 0) started_ = at;
    int number = executions_ + 1;
    std::from_chars(marker.payload.data(), marker.payload.data() + marker.payload.size(), number);
    executions_ = std::max(executions_, number);
  } else if (marker.kind == "done") {
    done_ = true;
    if (!crash_at_) conclude(at);
  } else if (marker.kind == "fault") {
    end(BootFailed{"ready", "the init of the run cannot work: " + printable(marker.payload)});
  }
}

// Noise eats a marker here and there and leaves the most of its bytes. Where several are missing and hardly a
// byte came in their place, the line was dead, and a crash may have passed unheard.
void RunWatcher::count_up_to(const Marker& marker) {
  if (marker.seq <= last_number_) return;  // hello and the last word are repeated
  const std::uint64_t missing = marker.seq - last_number_ - 1;
  if (missing > 1 && bytes_since_marker_ < missing * kShortestMarker / 2) {
    missed_ =
        Error{Errc::disconnected, std::to_string(missing) + " lines in a row of our init never arrived"};
  }
  last_number_ = marker.seq;
  bytes_since_marker_ = 0;
}

void RunWatcher::hello(const Marker& marker, TimePoint at) {
  std::istringstream words(marker.payload);
  std::string release;
  std::string build_id;
  words >> release >> build_id;
  const bool other_release = !expectation_.release.empty() && release != expectation_.release;
  const bool other_build = !expectation_.build_id.empty() && build_id != "-" && !build_id.empty() &&
                           build_id != expectation_.build_id;
  if (other_release || other_build) {
    fault("the machine booted the wrong kernel: " + printable(release) + " (build " + printable(build_id) +
          "), expected " + expectation_.release + " (build " + expectation_.build_id +
          "): is another boot server answering, or an older disk?");
    return;
  }
  greeted_ = true;
  kernel_starts_ = std::max<std::size_t>(kernel_starts_, 1);
  started_ = at;
  if (!crash_at_) enter(Stage::running, at);
}

void RunWatcher::see_medium(const std::vector<BootStage>& timeline, const std::string& diagnosis,
                            TimePoint now) {
  diagnosis_ = diagnosis;
  if (timeline.empty()) return;
  medium_seen_ = true;
  if (stage() == Stage::firmware) enter(Stage::loader, timeline.front().at);
  std::size_t kernels = 0;
  for (const auto& step : timeline) {
    if (step.name == "kernel") ++kernels;
    if (step.name == "initramfs" && !served_) {
      served_ = true;
      stage_since_ = std::max(stage_since_, step.at);
    }
  }
  const bool again = kernels > 1 && kernels > kernels_served_ && kernels_served_ > 0;
  kernels_served_ = std::max(kernels_served_, kernels);
  if (again && stage() >= Stage::kernel) restarted(now);
}

void RunWatcher::see_gap(const Error& gap) {
  gap_ = gap;
  if (stage() >= Stage::kernel) missed_ = gap;
}

void RunWatcher::enter(Stage stage, TimePoint at) {
  marks_.push_back({stage, at});
  stage_since_ = at;
}

void RunWatcher::restarted(TimePoint at) {
  if (outcome_) return;
  if (crash_at_) {
    collected(at);
    if (outcome_) return;
  }
  if (!greeted_ && noted_.empty()) {
    end(BootFailed{"ready", "the machine restarted before our init was up; last line: " + last_words()});
    return;
  }
  noted_.push_back(reboot_report());
  if (!first_crash_at_) first_crash_at_ = at;
  end(crashed());
}

void RunWatcher::collect(TimePoint at) {
  crash_at_ = at;
  last_crash_text_ = at;
  if (!first_crash_at_) {
    first_crash_at_ = at;
    crash_in_boot_ = !greeted_;
  }
  crash_line_ = printable(crash_.started());
  enter(Stage::collecting, at);
}

// The report is complete (or will not get better): does it end the run?
void RunWatcher::collected(TimePoint at) {
  const std::vector<CrashReport> reports = crash_.reports();
  const bool fatal =
      std::any_of(reports.begin(), reports.end(), [](const CrashReport& report) { return report.panicked; });
  const bool conclusive = matches(reports, expectation_.symptom);
  for (const auto& report : reports) {
    if (noted_.size() < kMaxNoted) noted_.push_back(report);
  }
  crash_at_.reset();
  crash_line_.clear();
  crash_.reset();
  if (conclusive || fatal) {
    end(crashed());
    return;
  }
  enter(greeted_ ? Stage::running : Stage::kernel, at);
  if (greeted_) last_sign_ = std::max(last_sign_, at);
  if (done_) conclude(at);
}

void RunWatcher::conclude(TimePoint at) {
  if (!noted_.empty()) {
    end(crashed());
  } else if (missed_) {
    fault("the console was away for a part of the run, so a crash may have been missed: " + missed_->what);
  } else {
    end(Survived{at - started_});
  }
}

// When the reproducer is late, though our init may be well: it is stuck in the kernel and cannot be killed.
TimePoint RunWatcher::overdue() const {
  if (expectation_.time == Duration{}) return TimePoint::max();
  return started_ + expectation_.time + expectation_.time / 4 + timings_.heartbeat;
}

RunOutcome RunWatcher::crashed() const {
  return Crashed{noted_, std::max(Duration{}, Duration(*first_crash_at_ - started_)), crash_in_boot_};
}

TimePoint RunWatcher::deadline() const {
  if (outcome_) return began_;
  switch (stage()) {
    case Stage::firmware:
      return stage_since_ + timings_.firmware + (medium_seen_ ? Duration{} : timings_.loader);
    case Stage::loader:
      return stage_since_ + timings_.loader;
    case Stage::kernel:
      return stage_since_ + timings_.kernel;
    case Stage::running:
      return std::min(last_sign_ + timings_.heartbeat, overdue());
    case Stage::collecting:
      return std::min(last_crash_text_ + timings_.quiet, *crash_at_ + timings_.collect);
  }
  return began_;
}

void RunWatcher::expire(TimePoint now) {
  if (outcome_ || now < deadline()) return;
  if (stage() == Stage::collecting) {
    collected(now);
  } else {
    expire_stage(now);
  }
}

void RunWatcher::expire_stage(TimePoint now) {
  if (gap_) {
    fault("the console went away and did not come back: " + gap_->what);
    return;
  }
  if (missed_ && noted_.empty()) {
    fault("the console was away for a part of the run: " + missed_->what);
    return;
  }
  if (stage() < Stage::kernel) {
    expire_boot();
  } else if (stage() == Stage::kernel) {
    end(noted_.empty()
            ? RunOutcome{BootFailed{"ready", "the kernel started but our init did not come up within " +
                                                 seconds(timings_.kernel) + "; last line: " + last_words()}}
            : crashed());
  } else if (!noted_.empty()) {
    end(crashed());
  } else {
    std::string evidence = now >= overdue()
                               ? "the reproducer is stuck: not done after " + seconds(now - started_)
                               : "no heartbeat for " + seconds(now - last_sign_);
    if (executions_ > 0) evidence += " after execution " + std::to_string(executions_) + " of the reproducer";
    end(Hung{evidence + "; last line: " + last_words(), now - started_});
  }
}

void RunWatcher::expire_boot() {
  const bool silent = bytes_ == 0;
  const std::string cause = diagnosis_.empty() ? "" : ": " + diagnosis_;
  if (silent && (firmware_on_console_ || (medium_seen_ && !served_))) {
    fault(std::string("not one byte on the console since power-on") +
          (served_ ? " although the machine fetched its kernel: check the serial cable and the console's port"
                   : cause));
  } else if (medium_seen_ && !served_) {
    fault("the machine came up but did not fetch its kernel" + cause);
  } else if (stage() == Stage::firmware && !diagnosis_.empty()) {
    fault("the firmware did not start a boot" + cause);
  } else {
    end(BootFailed{"kernel", "no line from the kernel for " + seconds(timings_.loader) +
                                 " after the boot loader was given it; last line: " + last_words()});
  }
}

void RunWatcher::end(RunOutcome outcome) {
  if (!outcome_) outcome_ = std::move(outcome);
}

void RunWatcher::fault(std::string what) {
  end(BenchFault{Error{Errc::protocol, std::move(what)}});
}

std::string RunWatcher::last_words() const {
  return last_text_.empty() ? "none" : "'" + printable(last_text_) + "'";
}

}  // namespace rigbisect
