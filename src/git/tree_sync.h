#pragma once

#include <filesystem>
#include <stop_token>

#include "base/result.h"
#include "git/libgit2.h"
#include "git/stamps.h"

namespace rigbisect::git {

// Makes `directory` hold exactly the files of `tree`: other files are removed, files that already have the
// content are not touched. Never follows a symbolic link and never leaves the directory, whatever the tree
// says. `stamps` is what is known about the directory's files, and afterwards, also after an error, what has
// become known. Blocks; Errc::cancelled on a stop (the directory is then between two states, a later call
// completes it).
Result<void> sync_tree(git_repository* repository, const git_tree* tree,
                       const std::filesystem::path& directory, Stamps& stamps, std::stop_token stop);

}  // namespace rigbisect::git
