#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

#include "kernel/kernel_builder.h"

namespace rigbisect {

// One kernel builder, shared: the build slot builds through it, and a board that needs a kernel which an
// earlier process built finds it again in the builder's cache. Thread-safe; builds one kernel at a time.
class KernelStore {
 public:
  // `builder` outlives the store.
  explicit KernelStore(KernelBuilder& builder) : builder_(builder) {}

  // The kernel of this commit: at once if this process has had it before or it is in the builder's cache,
  // else built, for which it waits for the thread that is building now. Errors as KernelBuilder::build();
  // internal for what that threw.
  Result<KernelBuild> get(const std::string& commit, const BuildProgress& progress, std::stop_token stop);

 private:
  KernelBuild remembered(const std::string& commit, KernelBuild build);

  KernelBuilder& builder_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool building_ = false;  // one thread is in the builder
  std::map<std::string, KernelImage> images_;
};

}  // namespace rigbisect
