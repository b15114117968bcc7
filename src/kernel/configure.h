#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/kernel_make.h"

namespace rigbisect {

// The configuration that a recipe asks for, with all files read.
struct ConfigRequest {
  std::string base_target;             // of make; "" if there is a base text
  std::string base_text;               // of a configuration file
  std::vector<std::string> fragments;  // texts

  // Reads the files. Errors name the one that is missing.
  static Result<ConfigRequest> read(const KernelSpec& spec);
  // Everything about it, for hashing.
  std::string key() const;
};

// Brings `objects`/.config to what is asked for. If neither the request nor any Kconfig input of the source
// changed since the last time, nothing is run; if the outcome is the same as before, .config keeps its time
// stamp, so that make has nothing to do either. Returns the first error's line if the source does not let
// itself be configured. Errc::invalid if the base is not a configuration target of this kernel.
Result<std::optional<std::string>> configure(const ConfigRequest& request,
                                             const std::filesystem::path& source,
                                             const std::filesystem::path& objects, KernelMake& make);

}  // namespace rigbisect
