#pragma once

#include <span>
#include <string_view>

#include "crash/pattern.h"

// Lines that say something about the whole log, whatever the crash is.
namespace rigbisect {

enum class LogNote { none, suppressed, panicked, disconnected };

// What a clean line says about its log.
LogNote note_of(std::string_view line);

std::span<const Pattern> suppressions();

}  // namespace rigbisect
