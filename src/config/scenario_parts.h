#pragma once

#include <filesystem>
#include <optional>

#include "config/map_reader.h"
#include "config/scenario.h"

namespace rigbisect {

// The history of a scenario: exactly one of chain, git and commits. Reports mistakes to `problems`.
std::optional<ScenarioHistory> read_history(const YamlNode& node, const std::filesystem::path& directory,
                                            Problems& problems);

// The commit that a key names; nullopt if it is absent or wrong.
std::optional<NamedCommit> read_commit(const YamlNode& node, const std::string& name, Problems& problems);

}  // namespace rigbisect
