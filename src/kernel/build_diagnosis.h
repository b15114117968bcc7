#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rigbisect {

// Reads the output of a failing kernel build as it comes and finds the line a person wants to see, and
// whether the failure says something about the commit at all. Bounded memory, any bytes.
class BuildDiagnosis {
 public:
  // The next piece of output, cut anywhere.
  void add(std::string_view piece);
  // The end of the output: what came without a line feed is a line, too.
  void finish();

  // The first compiler, linker or Kconfig error; failing that, the first complaint of make or the last line.
  std::string first_error() const;

  // What is wrong on this machine (disk full, out of memory, a tool or a library missing) and what to do.
  // Absent: the source is to blame.
  const std::optional<std::string>& fault() const { return fault_; }

 private:
  void line(std::string_view text);

  std::string pending_;
  std::string specific_;  // an error that names a place or a cause
  std::string general_;   // make's "*** [x] Error 1"
  std::string last_;
  std::optional<std::string> fault_;
};

}  // namespace rigbisect
