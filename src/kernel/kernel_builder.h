#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace rigbisect {

// A kernel ready to boot, in the image cache.
struct KernelImage {
  std::filesystem::path kernel;   // bzImage
  std::filesystem::path vmlinux;  // for symbols; may be empty
  std::filesystem::path config;
  std::string release;    // "6.1.192-rig"
  std::string build_id;   // GNU build id of vmlinux in hex, as the running kernel shows in /sys/kernel/notes;
                          // may be ""
  std::string signature;  // over the loadable contents of vmlinux: equal means the same kernel
  std::string compiler;   // "gcc (Debian 12.2.0-14+deb12u1) 12.2.0"
  bool cached = false;
  std::vector<std::string> vanished;  // options that were asked for and are not in the final configuration
};

// The commit does not build; `first_error` is the line a person wants to see.
struct KernelBroken {
  std::string first_error;
  std::filesystem::path log;
  std::string compiler;
};

using KernelBuild = std::variant<KernelImage, KernelBroken>;

// Something to watch while a build runs. Called on the building thread.
using BuildProgress = std::function<void(const std::string& line)>;

// Builds the kernel of one commit. One object per build slot: one thread at a time builds, others may look
// for kernels meanwhile.
class KernelBuilder {
 public:
  virtual ~KernelBuilder() = default;

  // Blocks for minutes. A commit that does not build is a KernelBroken, not an Error. Errors (say nothing
  // about the commit): disk full, compiler or make missing, cancelled, the tree cannot be read.
  virtual Result<KernelBuild> build(const std::string& commit, const BuildProgress& progress,
                                    std::stop_token stop) = 0;

  // What build() would return without building, nothing if it would have to build. Thread-safe, beside a
  // build too. Blocks for milliseconds. Errors as build().
  virtual Result<std::optional<KernelBuild>> find(const std::string& commit, std::stop_token stop) = 0;
};

}  // namespace rigbisect
