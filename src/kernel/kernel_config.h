#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rigbisect {

// The text of a kernel's configuration, as in .config and in fragments: lines "CONFIG_X=value" and
// "# CONFIG_X is not set"; all other lines are comments. Pure functions.

// `base` with the fragments laid over it, the last word on an option wins. Options of the base keep their
// place.
std::string merge_config(std::string_view base, const std::vector<std::string>& fragments);

// The options on which the fragments' last word is not what `final_config` has: "CONFIG_KASAN=y". Kconfig
// drops silently what has unmet dependencies, and overrules what is selected. "not set" and absent are the
// same.
std::vector<std::string> vanished_options(const std::vector<std::string>& fragments,
                                          std::string_view final_config);

}  // namespace rigbisect
