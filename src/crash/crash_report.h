#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace rigbisect {

// The program and process number in " Comm: syz.P.I " style task names; only fuzzers have one.
struct Executor {
  int proc = 0;
  int id = 0;

  bool operator==(const Executor&) const = default;
};

// One kernel crash as found in console text. Titles follow the conventions of the kernel-fuzzing community,
// so that they can be searched and compared with what others report.
struct CrashReport {
  std::string title;                    // "KASAN: use-after-free Read in ring_read"
  std::vector<std::string> alt_titles;  // other titles under which the same bug is known
  std::string type;                     // "KASAN-USE-AFTER-FREE-READ", "WARNING", "HANG"; "" = unknown
  bool corrupted = false;               // the text is damaged: the title may be wrong
  bool suppressed = false;              // not a kernel bug (out of memory in a helper, ...)
  bool panicked = false;                // the kernel panicked: nothing more will come
  std::optional<Executor> executor;
  std::string frame;        // the function the title blames, "" if none
  std::string guilty_file;  // "drivers/misc/ring.c", "" if unknown
  std::size_t start = 0;    // byte range of the report in the log it was found in
  std::size_t end = 0;
  std::string report;           // the text, time stamps stripped
  std::size_t prefix_size = 0;  // so much of `report` is what was printed before the oops line
  // What the line had damaged and was put right, a field and a line each, for people; empty: nothing.
  // "function: 'ring_rad' read as 'ring_read'"
  std::vector<std::string> repairs;

  bool operator==(const CrashReport&) const = default;
};

}  // namespace rigbisect
