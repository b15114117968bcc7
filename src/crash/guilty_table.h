#pragma once

#include <span>
#include <string_view>

#include "crash/pattern.h"

// Which source files and lines never name a culprit.
namespace rigbisect {

// "^name" fits at the beginning of a path, "name" anywhere.
std::span<const std::string_view> ignored_files();

// Lines whose positions are about state, not about the call path (patterns).
std::span<const Pattern> ignored_position_lines();

// "/drivers/", "/fs/"...: where a path within the kernel tree begins in an absolute one.
std::span<const std::string_view> top_directories();

}  // namespace rigbisect
