#include "symbols/source_path.h"

#include <filesystem>

#include "crash/guilty_table.h"

namespace rigbisect {
namespace {

std::string_view without(std::string_view directory, std::string_view file) {
  while (directory.ends_with('/')) directory.remove_suffix(1);
  const bool inside = !directory.empty() && file.starts_with(directory) && file.size() > directory.size() &&
                      file[directory.size()] == '/';
  return inside ? file.substr(directory.size() + 1) : std::string_view{};
}

}  // namespace

std::string absolute_source(std::string_view file, std::string_view directory) {
  return (std::filesystem::path(directory) / std::filesystem::path(file)).lexically_normal().native();
}

std::string kernel_source(std::string_view file, std::string_view tree, std::string_view build_directory) {
  for (const auto directory : {tree, build_directory})
    if (const auto rest = without(directory, file); !rest.empty()) return std::string(rest);
  if (file.starts_with('/')) {
    for (const auto top : top_directories())
      if (const auto at = file.find(top); at != file.npos) return std::string(file.substr(at + 1));
  }
  return std::string(file);
}

}  // namespace rigbisect
