#pragma once

#include <span>
#include <string_view>

#include "crash/pattern.h"
#include "crash/rule_words.h"

// Lines that say something about the whole log, whatever the crash is.
namespace rigbisect {

enum class LogNote { none, suppressed, panicked, disconnected };

// What a clean line says about its log.
LogNote note_of(std::string_view line);
LogNote note_of(std::string_view line, const WordSet& words);

std::span<const Pattern> suppressions();

}  // namespace rigbisect
