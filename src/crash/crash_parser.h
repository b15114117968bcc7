#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crash/crash_report.h"

// Console bytes in, crash reports out. Pure: no I/O, no clock; any bytes are fine; bounded memory.
namespace rigbisect {

// The first crash in a whole log, if there is one.
std::optional<CrashReport> parse_crash(std::string_view log);

// All crashes in a whole log, in order: at most the first 64, each made from the 64 KiB before and the 256
// KiB behind the start of its oops line (what says that a log is suppressed or panicked may stand anywhere).
std::vector<CrashReport> parse_crashes(std::string_view log);

// Whether the log has a crash at all; agrees with parse_crash and is much faster.
bool contains_crash(std::string_view log);

// The same over a live line. Feed it bytes in pieces of any size: the result does not depend on the pieces.
// One thread at a time. Keeps at most a bounded window of text (about a megabyte).
class CrashStream {
 public:
  CrashStream();
  ~CrashStream();
  CrashStream(CrashStream&&) noexcept;
  CrashStream& operator=(CrashStream&&) noexcept;

  // Offsets in reports are relative to the first byte ever fed (or fed since the last reset).
  void feed(std::string_view bytes);

  // The literal of the first oops line seen so far ("BUG: KASAN: ..."), announced as soon as that line is
  // complete. Empty while there is none.
  const std::string& started() const;

  // The reports so far, as parse_crashes() of everything fed since reset() would give. The caller decides
  // when a report is complete: the line went quiet, or enough time passed since started().
  std::vector<CrashReport> reports() const;

  // The reports that are complete, each handed out once, in order and however many: what feed() has seen of a
  // report's whole text, and after quiet() all others. reports() does not give them again.
  std::vector<CrashReport> take_finished();

  // The line has been silent, or has ended: nothing more will come of what has begun. started() is empty
  // again.
  void quiet();

  void reset();

  struct State;  // of the implementation

 private:
  std::unique_ptr<State> state_;
};

}  // namespace rigbisect
