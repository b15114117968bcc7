#pragma once

#include <span>
#include <string_view>

#include "crash/pattern.h"

// The rules by which console text becomes a crash title, as data. A new crash shape is one row in
// oops_table.cpp and one log in tests/data/console/. Patterns: see crash/pattern.h. All tables are constexpr
// and live as long as the program.
namespace rigbisect {

// How a function is chosen among the frames that a recipe has read.
enum class FrameChoice { first, stall, hung_task };

// Steps over the lines from the title on. A pattern moves forward to its line and may capture frames;
// `trace_step` reads frames until a stack start, the next step's line, or the end.
struct FrameRecipe {
  static constexpr Pattern trace_step = "@trace";

  std::span<const Pattern> steps;
  std::span<const Pattern> fallback = {};       // tried if `steps` yield no frame
  std::span<const Pattern> last_resort = {};    // tried if `fallback` yields none either
  std::span<const std::string_view> skip = {};  // more functions not to blame (see SkipRule)
  FrameChoice choice = FrameChoice::first;
};

// Templates: %1..%6 are the captures of `report` (or of `title` if there is no `report`), %f and %g the
// frames of the recipe's first and second trace.
struct TitleFormat {
  Pattern title;                      // of the line that names the problem
  Pattern report = {};                // that the text must match as well
  std::string_view name = {};         // template of the title
  std::string_view alternative = {};  // template of another title, "" = none
  const FrameRecipe* frame = nullptr;
  bool needs_trace = true;
  bool corrupted = false;
};

struct OopsFamily {
  std::string_view literal;
  std::span<const Pattern> ignore = {};  // lines that are none in spite of the literal
  std::span<const TitleFormat> formats = {};
};

std::span<const OopsFamily> oops_families();

// A line in the middle of a report that shows a stack of its own without being an oops.
std::span<const Pattern> info_messages_with_stack();

// Lines that contain an oops literal but never start a second report.
std::span<const Pattern> continuation_lines();

}  // namespace rigbisect
