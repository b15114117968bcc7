#pragma once

#include <span>
#include <string_view>

#include "crash/pattern.h"

// Words for what differs between two reports of the same bug, and the types that titles imply.
namespace rigbisect {

struct TitleReplacement {
  Pattern pattern;
  std::string_view replacement;  // template with %1, %2
};

// In order; each is applied until nothing changes.
std::span<const TitleReplacement> title_replacements();

// Functions of one family that count as one: "name" fits anywhere in the function.
struct FunctionGroup {
  std::string_view part;
  std::string_view name;
};

std::span<const FunctionGroup> stall_groups();

struct TypeRule {
  std::string_view prefix;  // of the title
  std::string_view type;
};

// "" if no rule fits. The first rule that fits counts.
std::string_view crash_type(std::string_view title);

std::span<const TypeRule> type_rules();

}  // namespace rigbisect
