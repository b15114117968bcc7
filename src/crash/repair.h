#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "crash/log_lines.h"

// A serial line loses bytes and flips bits. What a report says can be put right as far as it is said twice,
// or is said word for word in every report of its kind.
namespace rigbisect {

// How the lines of a report were damaged, and what was put right.
struct Damage {
  std::size_t places = 0;                     // at which something is missing or wrong
  std::size_t bytes = 0;                      // looked at
  std::vector<std::string> repairs;           // for people, see CrashReport::repairs
  std::vector<std::string_view> whole_names;  // functions as they stood in the text, each time they did

  // The share of bytes that are damaged, as far as can be told.
  double rate() const { return bytes == 0 ? 0 : static_cast<double>(places) / static_cast<double>(bytes); }
};

// Prefixes: puts lines whose time stamp or caller id is damaged into the context to which they belong, parts
// lines that lost the line feed between them. The first line is the oops line.
void repair_prefixes(LogLines& log, Damage& damage);

// The same for a single line: what it says, behind a prefix that may be damaged.
std::string_view text_behind_prefix(std::string_view line);

// Frames, guesses ("?") and function names of the lines in the oops line's context.
void repair_frames(LogLines& log, Damage& damage);

// Counts numbers that are not as wide as the others of their kind: registers, addresses, code bytes.
void count_narrow_numbers(const LogLines& log, Damage& damage);

// Phrases that kernels say word for word. `thorough`: all of them, else only the header of an oops.
void repair_phrases(LogLines& log, Damage& damage);

// The line with its header put right, "" if it is near none. For lines that are no oops as they stand, and
// for those that may be none.
std::string repair_header(std::string_view text);

// Whether the line may be a damaged one of those that contain an oops literal and are none.
bool resembles_ignored_line(std::string_view line);

}  // namespace rigbisect
