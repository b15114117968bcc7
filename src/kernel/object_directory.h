#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace rigbisect {

// The directory of make's O=: kept from build to build so that little is compiled, and never trusted further
// than it deserves. What another toolchain made, and what a killed build may have left half-written (kbuild
// takes any file that is newer than its source for good), is removed. One user at a time.
class ObjectDirectory {
 public:
  explicit ObjectDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  // Makes the directory fit for building with this toolchain and architecture. Errc::invalid if it holds
  // files that no build of ours put there.
  Result<void> prepare(const std::string& identity) const;

  // Brackets a run of make. Without end_build(), the next prepare() removes what was written since.
  Result<void> begin_build() const;
  Result<void> end_build() const;

  const std::filesystem::path& path() const { return path_; }

 private:
  Result<void> sweep() const;

  std::filesystem::path path_;
};

}  // namespace rigbisect
