#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/map_reader.h"

namespace rigbisect {

// Files that a recipe names and that must be there now, rather than hours into a campaign. A missing one is
// reported with the whole path that was looked at.
std::optional<std::filesystem::path> read_existing_file(const YamlNode& node, const std::string& name,
                                                        const std::filesystem::path& directory,
                                                        Problems& problems);

// The list at `key`, empty if absent.
std::vector<std::filesystem::path> read_existing_files(MapReader& map, std::string_view key,
                                                       const std::filesystem::path& directory);

}  // namespace rigbisect
