#include "kernel/configure.h"

#include <algorithm>

#include "base/text.h"
#include "kernel/kernel_config.h"
#include "kernel/sha256.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;
using Complaint = std::optional<std::string>;

constexpr const char* kStamp = ".rigbisect-config";

// Whether kconfig may read this file. `path` is relative to the source.
bool is_input(const std::string& path, const std::string& name) {
  if (name.starts_with("Kconfig") || path == "Makefile") return true;
  if (path.starts_with("scripts/")) {
    return path.starts_with("scripts/kconfig/") || path.starts_with("scripts/Makefile") ||
           name.ends_with(".sh") || name.ends_with(".include");
  }
  const bool arch_file = path.starts_with("arch/");
  return (arch_file && (path.find("/configs/") != std::string::npos || name == "Makefile")) ||
         path.starts_with("kernel/configs/");
}

// Times and sizes of all files that kconfig may read: equal if none of them was touched by a checkout.
Result<std::string> inputs_of(const fs::path& source) {
  std::vector<std::string> found;
  const std::size_t root = source.native().size() + 1;
  std::error_code error;
  for (fs::recursive_directory_iterator i(source, error), end; !error && i != end; i.increment(error)) {
    const std::string& full = i->path().native();
    const std::size_t slash = full.rfind('/');
    const std::string path = full.substr(root);
    if (!is_input(path, full.substr(slash + 1)) || !i->is_regular_file(error)) continue;
    const auto time = i->last_write_time(error).time_since_epoch().count();
    found.push_back(path + " " + std::to_string(time) + " " + std::to_string(i->file_size(error)));
  }
  if (error) return Error{Errc::io, "cannot read " + printable(source.native()) + ": " + error.message()};
  std::sort(found.begin(), found.end());
  return join(found, "\n");
}

std::string digest(std::string_view text) {
  return Sha256().add(text).hex();
}

// olddefconfig came with Linux 3.7. Before, empty answers to every question have the same effect.
Result<Complaint> complete(KernelMake& make) {
  constexpr std::size_t kAnswers = 50'000;
  auto done = make.run("olddefconfig");
  const bool unknown = done && *done && (*done)->find("No rule to make target") != std::string::npos &&
                       (*done)->find("olddefconfig") != std::string::npos;
  return unknown ? make.run("oldconfig", std::string(kAnswers, '\n')) : done;
}

Result<Complaint> make_base(const std::string& target, KernelMake& make) {
  auto made = make.run(target);
  if (!made || !*made) return made;
  const std::string& error = **made;
  const bool unknown =
      error.find("Can't find default configuration") != std::string::npos ||
      (error.find("No rule to make target") != std::string::npos && error.find(target) != std::string::npos);
  if (!unknown) return made;
  return Error{Errc::invalid,
               "this kernel has no configuration '" + printable(target) +
                   "' (kernel: base): name one of its make targets, such as defconfig, or a file"};
}

Result<Complaint> make_config(const ConfigRequest& request, const fs::path& config, KernelMake& make) {
  std::string base = request.base_text;
  if (!request.base_target.empty()) {
    auto made = make_base(request.base_target, make);
    if (!made || *made) return made;
    auto text = read_file(config);
    if (!text) return text.error();
    base = std::move(*text);
  }
  if (auto written = write_file_atomically(config, merge_config(base, request.fragments)); !written) {
    return written.error();
  }
  return complete(make);
}

}  // namespace

Result<ConfigRequest> ConfigRequest::read(const KernelSpec& spec) {
  ConfigRequest request;
  if (spec.base.find('/') == std::string::npos) {
    request.base_target = spec.base;
    const bool plain = !spec.base.empty() && spec.base[0] != '-' && spec.base.find('=') == std::string::npos;
    if (!plain)
      return Error{Errc::invalid, "'" + printable(spec.base) + "' is not a configuration (kernel: base)"};
  } else {
    auto text = read_file(spec.base);
    if (!text) return text.error().within("the base configuration");
    request.base_text = std::move(*text);
  }
  for (const fs::path& fragment : spec.fragments) {
    auto text = read_file(fragment);
    if (!text) return text.error().within("a configuration fragment");
    request.fragments.push_back(std::move(*text));
  }
  return request;
}

std::string ConfigRequest::key() const {
  Sha256 hash;
  hash.add_field(base_target).add_field(base_text);
  for (const std::string& fragment : fragments) hash.add_field(fragment);
  return hash.hex();
}

Result<Complaint> configure(const ConfigRequest& request, const fs::path& source, const fs::path& objects,
                            KernelMake& make) {
  const fs::path config = objects / ".config";
  const fs::path stamp = objects / kStamp;
  const auto inputs = inputs_of(source);
  if (!inputs) return inputs.error();
  const std::string wanted = digest(request.key() + *inputs);
  const auto before = read_file(config);
  const auto done = read_file(stamp, 64 << 10);
  if (before && done && *done == wanted + " " + digest(*before)) return Complaint();

  std::error_code error;
  const auto before_time = fs::last_write_time(config, error);
  fs::remove(stamp, error);
  auto made = make_config(request, config, make);
  if (!made || *made) return made;
  const auto after = read_file(config);
  if (!after) return after.error();
  if (before && *before == *after) fs::last_write_time(config, before_time, error);
  if (auto written = write_file_atomically(stamp, wanted + " " + digest(*after)); !written)
    return written.error();
  return Complaint();
}

}  // namespace rigbisect
