#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "kernel/kernel_builder.h"

namespace rigbisect {

// Finished kernels on disk, and what is known of commits that do not build: one directory each, named by a
// hash of everything that went into them. Shared by processes without locks: an entry appears in one step and
// is never changed. Bounded in size; the least recently used go first, their vmlinux before any kernel, but
// none that was used within the last hour, because it may be booting now.
class ImageCache {
 public:
  ImageCache(std::filesystem::path directory, std::uintmax_t limit_bytes, Clock& clock)
      : directory_(std::move(directory)), limit_(limit_bytes), clock_(clock) {}

  // The image of this key (its `vanished` is empty), and counts it as used now. A damaged entry is removed
  // and counts as absent.
  std::optional<KernelImage> find(const std::string& key) const;

  // What an earlier build of this key ended with, if it did not compile; its log is the cache's copy.
  std::optional<KernelBroken> find_broken(const std::string& key) const;

  // Copies the files that `built` names into the cache and returns it as it is there. Blocks. Errc::io: disk
  // full.
  Result<KernelImage> insert(const std::string& key, const KernelImage& built) const;
  // Copies the log. Only for failures that the same inputs give again. Errors as insert().
  Result<void> insert_broken(const std::string& key, const KernelBroken& broken) const;

 private:
  void touch(const std::filesystem::path& entry) const;
  void evict(const std::filesystem::path& keep) const;

  std::filesystem::path directory_;
  std::uintmax_t limit_;
  Clock& clock_;
};

}  // namespace rigbisect
