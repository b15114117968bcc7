#include "symbols/module_index.h"

#include <algorithm>

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_entries = 200'000;  // a distribution's kernel has 4000 modules

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

std::optional<fs::path> ModuleIndex::find(std::string_view name) {
  if (!read_) read();
  std::string key(name);
  std::replace(key.begin(), key.end(), '-', '_');
  const auto found = files_.find(key);
  if (found == files_.end()) return std::nullopt;
  return found->second;
}

void ModuleIndex::read() {
  read_ = true;
  if (directory_.empty()) return;
  std::error_code error;
  std::size_t entries = 0;
  fs::recursive_directory_iterator entry(directory_, fs::directory_options::skip_permission_denied, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end && entries < max_entries;
       entry.increment(error), ++entries) {
    const auto name = module_name(entry->path());
    if (name.empty()) continue;
    // Of several files the same one every time, and the one with the debug information first.
    auto& file = files_[name];
    const auto rank = [](const fs::path& p) { return std::pair(p.extension() != ".debug", p); };
    if (file.empty() || rank(entry->path()) < rank(file)) file = entry->path();
  }
}

}  // namespace rigbisect
