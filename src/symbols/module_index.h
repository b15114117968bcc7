#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace rigbisect {

// The files of kernel modules below a directory: NAME.ko or NAME.ko.debug, not compressed.
class ModuleIndex {
 public:
  // Looks into `directory` when it is first asked. "": there are no modules.
  explicit ModuleIndex(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // The file of the module that the kernel calls `name` ('-' in file names is '_' there).
  std::optional<std::filesystem::path> find(std::string_view name);

 private:
  void read();

  std::filesystem::path directory_;
  bool read_ = false;
  std::map<std::string, std::filesystem::path, std::less<>> files_;
};

}  // namespace rigbisect
