#pragma once

#include <cstddef>
#include <string_view>

#include "crash/crash_report.h"

namespace rigbisect {

// The report of the oops whose line starts at `oops`: title, types, frame, text, range, executor, guilty
// file. Not what depends on the rest of the log (suppressed, panicked). REQUIRES: an oops
// line starts there.
CrashReport analyse_crash(std::string_view bytes, std::size_t oops);

}  // namespace rigbisect
