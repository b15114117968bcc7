#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "crash/log_lines.h"

namespace rigbisect {

// Where code was, "name+0x12/0x34", within a line of a log; views into its text.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t begin = 0;  // in the line's text
  std::uint32_t end = 0;
  std::uint32_t name_id = 0;  // the same for the same name, see repair_frames()
  std::uint32_t key_id = 0;
  bool damaged = false;
  std::string_view name;
  std::string_view offset;  // hexadecimal digits
  std::string_view size;
};

// All of these lines, in their order, with those that lost a character of their numbers.
std::vector<Position> positions_of(const std::vector<LogLine>& lines);

// "12/0x340" of a position that is whole.
inline std::string_view place_of(const Position& position) {
  const auto* const end = position.size.data() + position.size.size();
  return {position.offset.data(), static_cast<std::size_t>(end - position.offset.data())};
}

}  // namespace rigbisect
