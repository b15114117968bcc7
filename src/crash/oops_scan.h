#pragma once

#include <string_view>

#include "crash/oops_table.h"
#include "crash/rule_words.h"

// Tells oops lines from others.
namespace rigbisect {

// The family to which a clean line belongs, null if it is no oops.
const OopsFamily* oops_family_of(std::string_view line);
const OopsFamily* oops_family_of(std::string_view line, const WordSet& words);

// The oops line is a torn copy: printk says on the next line that it prints it again.
bool is_replay_note(std::string_view line);

}  // namespace rigbisect
