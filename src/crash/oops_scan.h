#pragma once

#include <cstddef>
#include <string_view>

#include "crash/console_line.h"
#include "crash/oops_table.h"

// Finds oops lines in console bytes.
namespace rigbisect {

// The family to which a clean line belongs, null if it is no oops.
const OopsFamily* oops_family_of(std::string_view line);

// The oops line is a torn copy: printk says on the next line that it prints it again.
bool is_replay_note(std::string_view line);

struct OopsLine {
  const OopsFamily* family = nullptr;  // null: none found
  std::size_t start = 0;
  std::size_t end = 0;   // without the line feed
  std::size_t next = 0;  // start of the following line
};

// The first oops line at or behind `from`, which is the start of a line. Torn copies do not count.
OopsLine find_oops(std::string_view bytes, std::size_t from);

}  // namespace rigbisect
