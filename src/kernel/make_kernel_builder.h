#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kernel/kernel_builder.h"

namespace rigbisect {

// From this release on ("v5.16"; "" or "v0": any), build with this compiler: a program name or path.
struct CompilerChoice {
  std::string from;
  std::string cc;
};

// What every kernel of a campaign has in common.
struct KernelSpec {
  std::string arch = "x86_64";
  std::string base = "defconfig";  // a make target, or a configuration file (absolute path)
  std::vector<std::filesystem::path> fragments = {};  // laid over the base, the last one wins
  std::vector<CompilerChoice> compilers = {};         // the newest rule that fits wins; empty: "gcc"
  std::string cross_compile = {};                     // prefix of the tools: "aarch64-linux-gnu-"
  std::vector<std::filesystem::path> patches = {};    // applied in order where they apply
  std::string target = "bzImage";
  int jobs = 0;                                 // 0: as many as there are processors
  bool ccache = true;                           // used if it is installed
  Duration build_time = std::chrono::hours(2);  // one that takes longer is broken, not a fault
};

// Where it works. Object files and source at fixed paths make the compiler cache hit.
struct KernelDirectories {
  std::filesystem::path source;   // moved from commit to commit by SourceTree
  std::filesystem::path objects;  // make's O=; made by the builder, or empty, or made by it before
  std::filesystem::path cache;    // finished images, shared by builders and processes
  std::filesystem::path logs;     // <commit>.log of the last build of each commit
  std::uintmax_t cache_bytes = std::uintmax_t{20}
                               << 30;  // least recently used images beyond this are removed
};

// The source as the builder needs it; whoever wires things together binds it to a repository and its work
// tree. The two questions come from any thread, one at a time and beside the two changes, which come from the
// building thread.
struct SourceTree {
  std::function<Result<std::string>(const std::string& commit)> tree_of;  // equal ids: equal files
  // The newest release tag in the commit, "" if none. Only asked if there are compiler rules.
  std::function<Result<std::string>(const std::string& commit)> newest_release_in;
  std::function<Result<void>(const std::string& commit, std::stop_token stop)> check_out;
  std::function<Result<bool>(const std::filesystem::path& patch)> apply;  // false: it does not apply
};

// Builds by running the kernel's own make, in a clean environment and with everything fixed that would make
// two builds of the same source differ. Incremental: what an earlier build left is used, except after another
// compiler or architecture, and except what a killed build may have left half-written. Finished images are
// cached by what went into them, so a known kernel is there at once, without a checkout.
//
// A stop ends make and all its children before build() returns. A full disk, a missing tool or compiler and a
// build killed for want of memory are Errors that say what to do, never a KernelBroken.
class MakeKernelBuilder : public KernelBuilder {
 public:
  MakeKernelBuilder(KernelSpec spec, KernelDirectories directories, SourceTree source, Clock& clock);
  ~MakeKernelBuilder() override;

  Result<KernelBuild> build(const std::string& commit, const BuildProgress& progress,
                            std::stop_token stop) override;
  Result<std::optional<KernelBuild>> find(const std::string& commit, std::stop_token stop) override;

 private:
  struct Work;

  Result<Work> inputs(const std::string& commit, const BuildProgress& progress, std::stop_token stop);

  KernelSpec spec_;
  KernelDirectories directories_;
  SourceTree source_;
  Clock& clock_;
  std::mutex questions_;  // held while source_ is asked
};

}  // namespace rigbisect
