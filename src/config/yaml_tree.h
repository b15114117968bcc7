#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/problems.h"

namespace rigbisect {

struct YamlEntry;

// A YAML document as plain values, each with its place in the file. The tree is small and shallow by
// construction (see the limits below), holds no aliases, and its keys are unique and printable.
struct YamlNode {
  enum class Kind { empty, scalar, list, map };
  Kind kind = Kind::empty;
  Mark mark;
  std::string scalar;              // kind scalar
  std::vector<YamlNode> items;     // kind list
  std::vector<YamlEntry> entries;  // kind map, in the order of the file
};

struct YamlEntry {
  std::string key;
  Mark mark;
  YamlNode value;
};

// What a hostile or mistaken file is held to.
struct YamlLimits {
  std::size_t bytes = 1u << 20;
  std::size_t nodes = 5000;
};
inline constexpr std::size_t kMostYamlDepth = 16;
inline constexpr std::size_t kMostYamlScalar = 8192;

// Parses one document. Anchors, aliases, tags and a second document are refused: nothing here needs them.
// Text that is no such YAML adds to `problems` and gives nullopt, or the tree without what was wrong.
// The only place that knows yaml-cpp, whose exceptions end here.
std::optional<YamlNode> parse_yaml(std::string_view text, Problems& problems, const YamlLimits& limits = {});

// A word for messages: "text", "a list", "a map", "nothing".
const char* describe(YamlNode::Kind kind);

// The content of a YAML file, at most `limits.bytes`. Blocks for file I/O.
Result<std::string> read_yaml_file(const std::filesystem::path& file, const YamlLimits& limits = {});

// `file` absolute and normal: what it names is relative to its directory, wherever we run later.
std::filesystem::path absolute_file(const std::filesystem::path& file);

}  // namespace rigbisect
