#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rigbisect {

// The files of kernel modules below a directory: NAME.ko or NAME.ko.debug, not compressed.
class ModuleIndex {
 public:
  // Looks into `directory` when it is first asked. "": there are no modules.
  explicit ModuleIndex(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // The files of the module that the kernel calls `name` ('-' in file names is '_' there), sorted: a stripped
  // one and one with debug information may both be there.
  std::vector<std::filesystem::path> find(std::string_view name);

 private:
  void read();

  std::filesystem::path directory_;
  bool read_ = false;
  std::map<std::string, std::vector<std::filesystem::path>> files_;
};

}  // namespace rigbisect
