#pragma once

#include <filesystem>

#include "base/result.h"
#include "config/recipe.h"

// The files that a recipe names (reproducer, fragments, patches) decide verdicts as the recipe's text does.
// Each is remembered by its SHA-256 when a campaign begins, in the form of sha256sum(1), so that runs of two
// different reproducers never count together.
namespace rigbisect {

// Writes the list into the campaign's directory. Errors: a file cannot be read, the list cannot be written.
Result<void> remember_inputs(const Recipe& recipe, const std::filesystem::path& campaign_directory);

// Errc::invalid names every file that has changed since. A campaign without a list is taken as it is.
Result<void> check_inputs(const Recipe& recipe, const std::filesystem::path& campaign_directory);

}  // namespace rigbisect
