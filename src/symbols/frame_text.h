#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// Stack frames as the kernel prints them: "ring_read+0x21/0x80 [ring 0123abcd]".
namespace rigbisect {

struct FrameText {
  std::string_view function;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;   // of the function
  std::string_view module;  // "" in the kernel itself
  // Whether the address is that of the instruction at fault, not one to which a call returns.
  bool exact = false;
  std::size_t begin = 0;  // in the line: the function's name
  std::size_t end = 0;    // behind the size
  std::size_t next = 0;   // behind the module as well, or `end`
};

// The first frame on the line; its views point into the line. Any bytes are fine.
std::optional<FrameText> find_frame(std::string_view line);

// Whether a source position follows the frame, or the line is one of an inlined function.
bool has_position(std::string_view line);

}  // namespace rigbisect
