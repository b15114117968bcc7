#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "os/file.h"

namespace rigbisect {

// Where everything that outlives a process is kept: run log, console logs, kernels, work trees.
//
//   lab.db           events of all campaigns
//   campaigns/ID/    bisect.log, activity.log, result.json, runs/ (console logs), reproducer/, inputs.sha256
//   kernels/         cache of built kernels, build logs
//   builds/TREE-N/   source and object directory of a build slot, at fixed paths so that compiler caches hit
//   boards/          leases
class Lab {
 public:
  // RIGBISECT_LAB, else XDG_STATE_HOME/rigbisect, else ~/.local/state/rigbisect.
  static std::filesystem::path default_directory();

  explicit Lab(std::filesystem::path directory) : directory_(std::move(directory)) {}

  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path kernels() const { return directory_ / "kernels"; }

  // A source and an object directory for building from this git repository, ours until the lock is released:
  // a second campaign on the same tree gets another pair. Errors: io; busy when all are taken.
  struct BuildPlace {
    FileLock lock;
    std::filesystem::path source;
    std::filesystem::path objects;
  };
  Result<BuildPlace> build_place(const std::filesystem::path& tree) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace rigbisect
