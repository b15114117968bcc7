#pragma once

#include <span>
#include <string_view>

#include "crash/pattern.h"

// Lines that decide which lines of a log make up the text of a report (patterns).
namespace rigbisect {

// Behind a whole report, these are only its echo.
std::span<const Pattern> report_ends();

// Lines that say nothing about the crash.
std::span<const Pattern> dropped_lines();

// From here on other processors show their stacks on behalf of the report.
std::span<const Pattern> other_cpu_starts();

// Above stacks that are not called a trace.
std::span<const Pattern> stack_headings();

// Said where a stack would be.
std::span<const Pattern> missing_stacks();

// More words by which lines are told apart.
std::span<const std::string_view> line_words();

}  // namespace rigbisect
