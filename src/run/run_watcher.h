#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/marker.h"
#include "bisect/outcome.h"
#include "config/board.h"
#include "crash/crash_parser.h"
#include "crash/symptom.h"
#include "device/boot_medium.h"

namespace rigbisect {

// How far a boot has come.
enum class Stage { firmware, loader, kernel, running, collecting };

const char* to_string(Stage stage);

// What the machine must say to be running what we meant.
struct Expectation {
  std::string nonce;
  std::string release;   // "" = any
  std::string build_id;  // "" = unknown
  Symptom symptom;
  Duration time{};  // of the reproducer
};

// What ran on the machine until the boot that is followed began.
enum class Predecessor {
  power_off,
  another_system,  // it was handed over while running: a kernel of its own may go on talking for a while
};

struct StageMark {
  Stage stage = Stage::firmware;
  TimePoint at;
};

// Follows one boot from power-on to its outcome, from console bytes, the boot medium's timeline and the time
// alone. Pure: the bench feeds it and asks when to come back. One run, one watcher.
class RunWatcher {
 public:
  // `began`: when the machine got power, or was handed over.
  RunWatcher(const Timings& timings, bool firmware_on_console, Expectation expectation, TimePoint began,
             Predecessor predecessor = Predecessor::power_off);

  void feed(std::string_view bytes, TimePoint at);

  // The medium's timeline as it is now (grows) and what the medium takes for the cause should this boot fail.
  void see_medium(const std::vector<BootStage>& timeline, const std::string& diagnosis, TimePoint now);

  // The console's adapter is away: what is not heard from now on is the rig's fault until bytes come again.
  // What the kernel said meanwhile is lost: then only a crash that was seen counts.
  void see_gap(const Error& gap);

  // The moment at which expire() must be called unless something came before.
  TimePoint deadline() const;
  void expire(TimePoint now);

  // Set once the run is over.
  const std::optional<RunOutcome>& outcome() const { return outcome_; }

  Stage stage() const { return marks_.back().stage; }
  const std::vector<StageMark>& marks() const { return marks_; }
  int executions() const { return executions_; }
  // The first line of the crash that is being collected, "" if none.
  const std::string& crash_line() const { return crash_line_; }

 private:
  void line(std::string_view text, TimePoint at);
  void kernel_line(std::string_view text, TimePoint at);
  bool is_leftover(TimePoint at) const;
  bool starts_kernel(std::string_view text) const;
  void marker(const Marker& marker, TimePoint at);
  void hello(const Marker& marker, TimePoint at);
  void count_up_to(const Marker& marker);
  void enter(Stage stage, TimePoint at);
  void restarted(TimePoint at);
  void collect(TimePoint at);
  void collected(TimePoint at);
  void conclude(TimePoint at);
  TimePoint overdue() const;
  void expire_stage(TimePoint now);
  void expire_boot();
  RunOutcome crashed() const;
  void end(RunOutcome outcome);
  void fault(std::string what);
  std::string last_words() const;

  Timings timings_;
  bool firmware_on_console_;
  Expectation expectation_;
  TimePoint began_;
  Predecessor predecessor_;

  std::vector<StageMark> marks_;
  std::optional<RunOutcome> outcome_;
  std::string partial_line_;
  std::string last_text_;    // last line with printable text, for messages
  std::uint64_t bytes_ = 0;  // since the boot began
  std::size_t kernel_starts_ = 0;
  std::size_t kernels_served_ = 0;
  bool served_ = false;       // the medium handed over everything
  bool medium_seen_ = false;  // the medium has a timeline at all
  std::string diagnosis_;
  std::optional<Error> gap_;       // the adapter is away now
  std::optional<Error> missed_;    // it was away while the kernel ran
  std::uint32_t last_number_ = 0;  // of our init's markers
  std::uint64_t bytes_since_marker_ = 0;

  bool greeted_ = false;
  bool done_ = false;
  int executions_ = 0;
  TimePoint started_;    // of the reproducer, or of the kernel before
  TimePoint last_sign_;  // last marker of ours
  TimePoint stage_since_;

  CrashStream crash_;
  std::string crash_line_;
  bool crash_in_boot_ = false;
  std::optional<TimePoint> crash_at_;  // when the one being collected began
  TimePoint last_crash_text_;
  std::optional<TimePoint> first_crash_at_;
  std::vector<CrashReport> noted_;  // complete, not the symptom, the kernel went on
};

}  // namespace rigbisect
