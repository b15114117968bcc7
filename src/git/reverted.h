#pragma once

#include <optional>
#include <string>

#include "bisect/commit_graph.h"
#include "git/libgit2.h"

namespace rigbisect::git {

// A commit's files without the change of another commit. "COMMIT-without-CHANGE" names them wherever files
// are asked for; no such commit is written anywhere.
struct Reverted {
  CommitId commit;
  CommitId change;
};

std::string to_string(const Reverted& reverted);

// nullopt: an id of another kind.
std::optional<Reverted> parse_reverted(const std::string& id);

// The files that an id stands for, as git would make them: a merge is reverted to its first parent. Errors:
// invalid (git would stop with conflicts, which are named; there is nothing left to revert), those of
// find_commit(). Blocks: a revert compares three trees.
Result<TreeHandle> files_of(git_repository* repository, const std::string& id);

}  // namespace rigbisect::git
