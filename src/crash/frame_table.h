#pragma once

#include <span>
#include <string_view>

#include "crash/pattern.h"

// What the frame recipes need to know about kernel code in general: functions that are never to blame, system
// call wrappers, where stalls and hangs are anchored. Rules are texts: "name" fits anywhere in a function's
// name, "^name" at its beginning, "name$" at its end.
namespace rigbisect {

bool fits_rule(std::string_view function, std::string_view rule);
bool fits_any_rule(std::string_view function, std::span<const std::string_view> rules);

// Machinery that only reports or carries out what others ask for.
std::span<const std::string_view> skipped_functions();

// The same as fits_any_rule(function, skipped_functions()), and so on, much faster.
bool is_skipped_function(std::string_view function);
bool is_stall_anchor(std::string_view function);
bool is_waiting_function(std::string_view function);

// Lines after which a stack trace begins (patterns).
std::span<const Pattern> stack_starts();

// Frame lines (patterns); every capture is a function.
std::span<const Pattern> frame_lines();

// Lines that spoil a trace (patterns): faults are being injected, or the kernel has lost the stack it prints.
std::span<const Pattern> unsound_trace_lines();

// Functions from which a stalled processor was sent where it stalls.
std::span<const std::string_view> stall_anchors();

// Waiting machinery of a hung task.
std::span<const std::string_view> waiting_functions();

// Prefixes that architecture and ABI put in front of a system call's name.
std::span<const std::string_view> syscall_prefixes();

}  // namespace rigbisect
