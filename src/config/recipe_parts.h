#pragma once

#include <filesystem>
#include <optional>

#include "config/recipe.h"
#include "config/yaml_tree.h"

namespace rigbisect {

// The three nested maps of a recipe. Each reads its node, checks that the files it names exist (relative ones
// are relative to `directory`), reports mistakes to `problems` and gives what could be read.
KernelRecipe read_kernel(const YamlNode& node, const std::filesystem::path& directory, Problems& problems);
ReproducerRecipe read_reproducer(const YamlNode& node, const std::filesystem::path& directory,
                                 Problems& problems);
std::optional<Symptom> read_symptom(const YamlNode& node, Problems& problems);

}  // namespace rigbisect
