#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "crash/rule_words.h"

// Lines of a serial console: where they begin and end in the raw bytes, what they say once the line's
// decoration is off (CR, NUL, 0xFF, terminal escapes, <N> levels, markers of our own init), and what printk
// put in front.
namespace rigbisect {

// A line ends at LF; so that memory is bounded whatever arrives, also after this many bytes.
constexpr std::size_t max_raw_line = 16 * 1024;
// Text beyond this is cut: no kernel line is longer (printk's limit is 1 KiB).
constexpr std::size_t max_line_text = 4 * 1024;

struct RawLine {
  std::size_t start = 0;
  std::size_t end = 0;    // without the line feed
  std::size_t next = 0;   // where the next line starts
  bool complete = false;  // ended by LF or length; false: the bytes ran out
};

// The line that starts at `start`. REQUIRES: start < bytes.size()
RawLine line_at(std::string_view bytes, std::size_t start);

// The text of a raw line without decoration. What follows "@rb1 " is a marker of our init and cut.
std::string clean_line(std::string_view raw);

// The same for lines that are looked at only briefly: clean lines are returned as they are, others go
// through `scratch`.
std::string_view clean_line(std::string_view raw, std::string& scratch);

// What printk put in front of a line.
struct LinePrefix {
  // Who printed the line: "" unknown (no time stamp), "console" a time stamp alone, else the caller id
  // ("[ T123]", "[ C0]").
  std::string_view context;
  std::size_t end = 0;  // where the text begins
  bool odd = false;     // stamp or caller id are not as wide as printk makes them
};

// `words` become those of the text behind it, perhaps more.
LinePrefix line_prefix(std::string_view line, WordSet& words);

// Its context.
std::string_view line_context(std::string_view line);

// Whether two contexts are the same; at once where one is the other's copy.
inline bool same_context(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.data() == b.data() || a == b);
}

bool is_task_context(std::string_view context);
bool is_cpu_context(std::string_view context);
// No caller id: lines of several tasks may be mixed.
bool is_shared_context(std::string_view context);

// Whether what stands behind a prefix is a guessed stack frame ("? func", "(unreliable)").
bool is_guess(std::string_view text);

}  // namespace rigbisect
