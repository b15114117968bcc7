#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

// The ways in which a rig can be told to misbehave, and when each is in force. Pure: no I/O; time is handed
// in.
namespace rigbisect::rig {

enum class FaultKind {
  uart_garbage,
  uart_loss,
  uart_silent,
  uart_unplug,
  relay_stuck_on,
  relay_stuck_off,
  relay_mute,
  no_pxe,
  hang_after_loader,
  boot_hang,
};

// What happens on a rig that the count= and after= of a fault count.
enum class Occasion { power_on, relay_on, relay_off, relay_bytes };

struct FaultInfo {
  FaultKind kind;
  std::string_view name;
  Occasion counts;
  std::string_view argument;  // "" for none, "[BYTES]" optional, "PROBABILITY" required
  std::string_view summary;
};

// Every fault there is, for parsing and for `list-faults`.
std::span<const FaultInfo> fault_table();

// `list-faults`: a line for each fault and how to limit one.
std::string describe_faults();

// The faults set on one rig. A fault set without count= and after= is in force from now on; one with a count
// comes into force at the next occasion that its row names, for that many of them; after=N lets N occasions
// pass first, after=5s delays it within each, for=2s ends it that long after it began.
class FaultBook {
 public:
  // `words`: NAME [ARGUMENT] [count=N] [after=N] [after=DURATION] [for=DURATION]. Errc::invalid names the
  // word.
  Result<void> add(std::span<const std::string> words, TimePoint now);
  void clear() { faults_.clear(); }
  void clear(FaultKind kind);

  // To be called at each occasion, before asking whether a fault is in force. Returns the names of those that
  // begin.
  std::vector<std::string> note(Occasion occasion, TimePoint now);

  bool active(FaultKind kind, TimePoint now) const { return find(kind, now) != nullptr; }
  // The argument of the fault in force (its default where none was given); nullopt if it has none or is not
  // in force.
  std::optional<double> argument(FaultKind kind, TimePoint now) const;

  // The next moment after `now` at which an answer of active() changes by time alone.
  std::optional<TimePoint> next_change(TimePoint now) const;

  // "uart-loss 0.01, no-pxe (2 left)" or "none".
  std::string describe() const;

 private:
  struct Fault {
    const FaultInfo* info = nullptr;
    std::optional<double> argument;
    std::optional<unsigned> left;  // occasions it is still to be in force at
    unsigned skip = 0;
    Duration delay{};
    std::optional<Duration> lasts;
    std::optional<TimePoint> begins;
    TimePoint ends = TimePoint::max();

    void begin(TimePoint now);
  };

  static Result<void> apply_word(Fault& fault, const std::string& word, bool& scheduled);
  const Fault* find(FaultKind kind, TimePoint now) const;

  std::vector<Fault> faults_;
};

}  // namespace rigbisect::rig
