#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/yaml_tree.h"

// What the importers have in common (config/import.h).
namespace rigbisect {

// The text as a board's name: a-z, 0-9 and '-'.
std::string board_name(std::string_view text);

const YamlNode* child(const YamlNode& node, std::string_view key);
// The scalar with this key, or `otherwise`.
std::string scalar(const YamlNode& node, std::string_view key, const std::string& otherwise = "");

Result<YamlNode> foreign_yaml(std::string_view text, const std::string& file);

// A shell's command line as program and arguments, if it needs no shell: blanks and quotes are understood;
// nullopt for pipes, variables, wildcards and the like.
std::optional<std::vector<std::string>> command_words(std::string_view command);

}  // namespace rigbisect
