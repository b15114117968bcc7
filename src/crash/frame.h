#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crash/oops_table.h"
#include "crash/rule_words.h"

// Picks the functions to blame out of report text.
namespace rigbisect {

inline constexpr std::string_view no_frame = "corrupted";

struct FrameResult {
  std::vector<std::string> frames;  // one per trace of the recipe; no_frame where none was found
  bool complete = false;            // every trace gave a frame, and no faults were being injected
};

// The first of `lines` is the one of the title.
FrameResult pick_frames(const FrameRecipe& recipe, std::span<const WordedLine> lines);

// Whether a stack trace begins after the line: one of stack_starts() matches.
bool is_stack_start(const WordedLine& line);

// Whether the line is a frame of a trace.
bool is_frame_line(const WordedLine& line);

// All functions of the report's traces in order, at most `limit`.
std::vector<std::string> stack_functions(std::string_view text, std::size_t limit);

}  // namespace rigbisect
