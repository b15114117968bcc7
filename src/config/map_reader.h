#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/problems.h"
#include "config/yaml_tree.h"

namespace rigbisect {

// One value of a file, read as the type that is expected there. Each adds to `problems` and returns nullopt
// if it is something else. `name` is how messages call it: "power.channel".
std::optional<std::string> read_text(const YamlNode& node, const std::string& name, Problems& problems);
std::optional<long> read_integer(const YamlNode& node, const std::string& name, std::optional<long> min,
                                 std::optional<long> max, Problems& problems);
// A decimal number, "0.29" or "1e-3"; both bounds belong to what is allowed.
std::optional<double> read_real(const YamlNode& node, const std::string& name, double min, double max,
                                Problems& problems);
std::optional<bool> read_boolean(const YamlNode& node, const std::string& name, Problems& problems);
std::optional<Duration> read_duration(const YamlNode& node, const std::string& name, Problems& problems);
std::optional<std::vector<std::string>> read_texts(const YamlNode& node, const std::string& name,
                                                   Problems& problems);

// The path as absolute and normal; relative ones are relative to `directory`. No file is looked at.
std::optional<std::filesystem::path> read_path(const YamlNode& node, const std::string& name,
                                               const std::filesystem::path& directory, Problems& problems);

// Reads the keys of one map. Every key that is asked for becomes a known one; finish() reports the others,
// with the known key that was probably meant. The getters leave `into` alone if the key is absent or its
// value is wrong (which is reported), and return the value's node if it was taken, else nullptr.
class MapReader {
 public:
  // `name` is the map's own name in messages, "" for the whole file. A node that is no map is reported here,
  // and afterwards behaves like an empty map of which nothing is missing. `node` and `problems` must outlive
  // this object.
  MapReader(const YamlNode& node, std::string name, Problems& problems);

  bool is_map() const { return is_map_; }
  const YamlNode* find(std::string_view key);
  // As find(); an absent key is reported as missing with `expectation`, "the power switch, {driver: ...}".
  const YamlNode* require(std::string_view key, std::string_view expectation);

  const YamlNode* text(std::string_view key, std::string& into);
  const YamlNode* integer(std::string_view key, long min, long max, int& into);
  const YamlNode* real(std::string_view key, double min, double max, double& into);
  const YamlNode* boolean(std::string_view key, bool& into);
  const YamlNode* duration(std::string_view key, Duration min, Duration max, Duration& into);
  const YamlNode* texts(std::string_view key, std::vector<std::string>& into);

  void finish();

  std::string name_of(std::string_view key) const;
  Mark mark() const { return node_.mark; }
  Problems& problems() { return problems_; }

 private:
  const YamlNode& node_;
  std::string name_;
  Problems& problems_;
  bool is_map_;
  std::vector<std::string> known_;
};

// The key command_line. What `other` ("a recipe") adds has to fit beside it.
void read_command_line(MapReader& map, std::string_view other, std::string& into);

}  // namespace rigbisect
