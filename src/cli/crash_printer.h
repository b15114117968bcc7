#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "crash/crash_report.h"

namespace rigbisect {

// Prints the crashes of logs as they are found: begin(), any number of reports, end(), log after log. What it
// prints is flushed. A log of which not all could be read and that had no report until then has no end(), and
// nothing of it is printed.
class CrashPrinter {
 public:
  virtual ~CrashPrinter() = default;

  virtual void begin(const std::string& log) = 0;
  virtual void print(const CrashReport& report) = 0;
  virtual void end() = 0;
};

// For people: the title first, then what is known, then the report; nothing from the log reaches the terminal
// raw.
std::unique_ptr<CrashPrinter> text_crash_printer(std::ostream& out);

// For programs: one JSON object a log on a line of its own, {"log": NAME, "reports": [...]}. Bytes that are
// no UTF-8 become U+FFFD.
std::unique_ptr<CrashPrinter> json_crash_printer(std::ostream& out);

// The log's name as a person reads it.
std::string console_log_name(const std::string& log);

}  // namespace rigbisect
