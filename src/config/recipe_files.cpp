#include "config/recipe_files.h"

#include <system_error>
#include <utility>

#include "base/text.h"
#include "os/file.h"

namespace rigbisect {

namespace fs = std::filesystem;

std::optional<fs::path> read_existing_file(const YamlNode& node, const std::string& name,
                                           const fs::path& directory, Problems& problems) {
  auto path = read_path(node, name, directory, problems);
  if (!path || is_file(*path)) return path;
  std::error_code error;
  const bool is_something = fs::exists(*path, error);
  const std::string place = printable(path->native());
  problems.add(node.mark,
               name + (is_something ? ": " + place + " is not a file" : ": there is no file " + place));
  return std::nullopt;
}

std::vector<fs::path> read_existing_files(MapReader& map, std::string_view key, const fs::path& directory) {
  std::vector<fs::path> files;
  const YamlNode* list = map.find(key);
  if (list == nullptr) return files;
  if (list->kind != YamlNode::Kind::list) {
    (void)read_texts(*list, map.name_of(key), map.problems());  // says what is wrong
    return files;
  }
  for (const YamlNode& item : list->items) {
    const std::string name = map.name_of(key) + "[" + std::to_string(&item - list->items.data()) + "]";
    if (auto path = read_existing_file(item, name, directory, map.problems()))
      files.push_back(std::move(*path));
  }
  return files;
}

}  // namespace rigbisect
