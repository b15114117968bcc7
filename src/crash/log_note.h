#pragma once

#include <span>
#include <string_view>

// Lines that say something about the whole log, whatever the crash is.
namespace rigbisect {

enum class LogNote { none, suppressed, panicked, disconnected };

// What a clean line says about its log.
LogNote note_of(std::string_view line);

std::span<const std::string_view> suppressions();

}  // namespace rigbisect
