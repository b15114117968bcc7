#include "symbols/module_index.h"

#include <algorithm>

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_modules = 200'000;  // a distribution's kernel has 4000 modules

// "virtio_net" for "virtio-net.ko.debug"; "" if the file is no module.
std::string module_name(const fs::path& file) {
  std::string name = file.filename().native();
  if (name.ends_with(".debug")) name.resize(name.size() - 6);
  if (!name.ends_with(".ko")) return "";
  name.resize(name.size() - 3);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace

std::vector<fs::path> ModuleIndex::find(std::string_view name) {
  if (!read_) read();
  std::string key(name);
  std::replace(key.begin(), key.end(), '-', '_');
  const auto found = files_.find(key);
  return found == files_.end() ? std::vector<fs::path>{} : found->second;
}

void ModuleIndex::read() {
  read_ = true;
  if (directory_.empty()) return;
  std::error_code error;
  std::size_t entries = 0;
  fs::recursive_directory_iterator entry(directory_, fs::directory_options::skip_permission_denied, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end && entries < max_modules;
       entry.increment(error), ++entries) {
    const auto name = module_name(entry->path());
    if (!name.empty()) files_[name].push_back(entry->path());
  }
  for (auto& [name, files] : files_) std::sort(files.begin(), files.end());
}

}  // namespace rigbisect
