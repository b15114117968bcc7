#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "crash/rule_words.h"

// The lines of a stretch of console bytes, each taken apart once.
namespace rigbisect {

struct LogLine {
  // `line` taken apart, where it stood.
  LogLine(std::string_view line, std::size_t start, std::size_t end);

  std::size_t start = 0;  // raw range, without the line feed
  std::size_t end = 0;
  std::string_view context;   // who printed it: see line_context(), same_context()
  std::string_view text;      // without decoration and prefix
  WordSet words;              // those of the text, perhaps more
  bool questionable = false;  // a guessed stack frame
  bool odd_prefix = false;    // its time stamp or caller id is not as wide as printk makes them
  bool oops = false;          // an oops line of some family
  bool only_marker = false;   // nothing but a marker of our init was on it
};

// Owns the texts that are no views into the bytes.
class LogLines {
 public:
  // Up to `limit` lines from `from`, the start of a line. The bytes must outlive this.
  LogLines(std::string_view bytes, std::size_t from, std::size_t limit);

  std::vector<LogLine>& lines() { return lines_; }
  const std::vector<LogLine>& lines() const { return lines_; }

  // A text that lives as long as this.
  std::string_view keep(std::string text);

  // Another text for a line of this.
  void put(LogLine& line, std::string text);

 private:
  std::vector<LogLine> lines_;
  std::deque<std::string> kept_;
};

}  // namespace rigbisect
