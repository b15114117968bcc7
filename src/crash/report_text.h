#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crash/log_lines.h"
#include "crash/rule_words.h"

// Cuts the text of one report out of console bytes: the lines of the context that printed the oops, without
// their prefixes and without guessed frames.
namespace rigbisect {

// Text beyond this is left out.
constexpr std::size_t max_report_text = 64 * 1024;

struct ReportText {
  std::string prefix;             // up to 5 lines of the same context before (50 of the same task)
  std::string text;               // from the oops line on
  std::vector<WordedLine> lines;  // of `text`: views of what they were cut from
  std::size_t own_lines = 0;      // so many until another report begins
  std::size_t own_size = 0;       // the size of these
  std::size_t last_oops = 0;      // end (raw) of the last line of any context that is an oops

  std::string_view own() const { return std::string_view(text).substr(0, own_size); }
};

// The report whose oops line is the first of `lines`. `before` are the bytes in front of it. REQUIRES: a
// line.
ReportText cut_report(std::string_view before, std::span<const LogLine> lines);

// Lines with which a title makes sense: the first start of a stack of each kind is followed by a frame, and
// there is one. A log may end within a later one.
bool has_sound_traces(std::span<const WordedLine> lines);

}  // namespace rigbisect
