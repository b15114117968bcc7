#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/board.h"
#include "config/map_reader.h"
#include "device/driver.h"

namespace rigbisect {

// Reads `{driver: NAME, option: value, ...}` for one role of a board ("power") against the option rows of
// that driver: types, bounds, choices, required ones, defaults filled in; paths absolute, relative ones
// relative to `directory`; MAC addresses in lower case with colons; durations and numbers in canonical form;
// secrets as references only.
// `names[i]` is the driver whose rows are `options[i]`. Reports to `problems` and gives what could be read.
DriverChoice read_driver(const YamlNode& node, const std::string& role, const std::vector<std::string>& names,
                         const std::vector<const std::vector<OptionSpec>*>& options,
                         const std::filesystem::path& directory, Problems& problems);

// The same for a table's rows.
template <typename Row>
DriverChoice read_driver(const YamlNode& node, const std::string& role, const std::vector<Row>& rows,
                         const std::filesystem::path& directory, Problems& problems) {
  std::vector<std::string> names;
  std::vector<const std::vector<OptionSpec>*> options;
  for (const Row& row : rows) {
    names.push_back(row.name);
    options.push_back(&row.options);
  }
  return read_driver(node, role, names, options, directory, problems);
}

}  // namespace rigbisect
