#pragma once

#include <string>
#include <vector>

#include "git/libgit2.h"
#include "git/releases.h"
#include "git/repository.h"

namespace rigbisect {

struct Repository::State {
  git::RepositoryHandle handle;

  git_repository* get() const { return handle.get(); }
};

namespace git {

// All release tags of the repository, candidates included, newest first.
Result<std::vector<ReleaseTag>> release_tags(git_repository* repository);

}  // namespace git
}  // namespace rigbisect
