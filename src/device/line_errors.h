#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rigbisect {

// What the receiver of a UART noticed and its bytes do not show: events, not bytes.
struct LineErrors {
  std::uint64_t overruns = 0;  // bytes came faster than they were taken, and some are lost
  std::uint64_t framing = 0;   // no stop bit where one must be: wrong speed, or noise
  std::uint64_t parity = 0;
  std::uint64_t breaks = 0;  // the line was low for longer than a byte: a break, or a machine without power

  bool any() const { return overruns + framing + parity + breaks > 0; }
  LineErrors& operator+=(const LineErrors& other);
  LineErrors operator-(const LineErrors& other) const;
  bool operator==(const LineErrors&) const = default;
};

// "2 overruns, 1 framing error"; "" if there were none.
std::string describe(const LineErrors& errors);

// What some consoles can do beside carrying bytes: count these. See SerialConsole::counters().
class LineCounters {
 public:
  virtual ~LineCounters() = default;

  // All since the console was made, over reopenings; never less than before. nullopt if nobody counts at
  // this line. Does not block; any thread.
  virtual std::optional<LineErrors> line_errors() = 0;
};

}  // namespace rigbisect
