#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace rigbisect {

double to_seconds(Duration duration);
Duration from_seconds(double seconds);

// Reads a duration with its unit: "250ms", "90s", "5m", "1h30m", "0s". A bare number is an error that names
// the units, because "90" in a board file means seconds to one reader and milliseconds to the next.
Result<Duration> parse_duration(std::string_view text);

// The shortest exact form parse_duration reads back: "1h30m", "90s" -> "1m30s", "250ms".
std::string format_duration(Duration duration);

// The form of published bisection logs (Go's time.Duration): "5h27m43.357675703s", "1m0s", "0s".
std::string format_go_duration(Duration duration);

// For progress lines, to the second: "2:07", "1:02:07".
std::string format_clock(Duration duration);

}  // namespace rigbisect
