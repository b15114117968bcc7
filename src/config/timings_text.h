#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace rigbisect {

// Rows of `timings:` with the value each shall have.
using TimingRows = std::vector<std::pair<std::string, Duration>>;

// The rows as a block for a board file: "timings:\n  firmware: 30s\n".
std::string timings_text(const TimingRows& rows);

// A board file's text with these rows in its `timings:`: values are replaced where the row is there, comments
// and everything else stay. Errors: invalid, if `timings:` is written in one line: that is for a person to
// edit.
Result<std::string> with_timings(std::string_view yaml, const TimingRows& rows);

}  // namespace rigbisect
