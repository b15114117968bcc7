#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "bisect/commit_graph.h"

namespace rigbisect {

// A git repository, read through libgit2, which stays inside this room. Not thread-safe: one object per
// thread. Revisions come from users and are hostile: they are resolved by libgit2 and never reach a command
// line.
class Repository {
 public:
  static Result<Repository> open(const std::filesystem::path& path);
  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;
  ~Repository();

  // The commit a revision names ("v6.1", "HEAD~3", a short hash; tags are peeled). The error says what was
  // looked for, and for a near miss which tag or branch may have been meant.
  Result<CommitId> resolve(const std::string& revision) const;

  Result<bool> is_ancestor(const CommitId& ancestor, const CommitId& descendant) const;
  // Errc::not_found if there is none.
  Result<CommitId> merge_base(const CommitId& a, const CommitId& b) const;

  // `newest` and its ancestors, without those reachable from `boundary` commits but with the boundary commits
  // themselves. Tags that parse as releases are on their commits. Blocks (seconds for hundreds of thousands).
  Result<CommitGraph> history(const CommitId& newest, const std::vector<CommitId>& boundary,
                              const std::stop_token& stop) const;

  // The release tags to try for a good end, newest first, picked with growing steps: ancestors of `newest`,
  // without those at `newest` itself. bisection-scenarios: sub-releases first, then all of three, every
  // second, every third.
  Result<std::vector<std::string>> releases_before(const CommitId& newest) const;

  // The newest release tag contained in the commit ("v6.1.3"), "" if there is none: decides the compiler.
  Result<std::string> newest_release_in(const CommitId& commit) const;

  // For each path (a file or a directory), the commits of `graph` that changed it against their only parent;
  // merges are left out. Blocks: tens of microseconds a commit. Errors: objects are missing, cancelled.
  Result<std::vector<std::vector<CommitId>>> touching(const CommitGraph& graph,
                                                      const std::vector<std::string>& paths,
                                                      const std::stop_token& stop) const;

  // What the maintainers of a file maintain besides, by the commit's MAINTAINERS: files and directories, the
  // file's own ones included. Errc::not_found if the commit has no MAINTAINERS.
  Result<std::vector<std::string>> maintained_with(const CommitId& commit, const std::string& file) const;

  Result<CommitDetails> details(const CommitId& commit) const;

  // Names `commit` with `change` reverted, as `git revert` does (a merge to its first parent). The name
  // stands for a commit in tree_of(), newest_release_in() and WorkTree::check_out(). Errors: invalid, saying
  // why (conflicts, or nothing is left to revert); an object is missing.
  Result<CommitId> without(const CommitId& commit, const CommitId& change) const;

  // The tree object of a commit: equal trees build equal kernels.
  Result<std::string> tree_of(const CommitId& commit) const;

 private:
  struct State;
  explicit Repository(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A directory with one commit's files, separate from the user's checkout, moved from commit to commit by
// touching only the files that differ, so that make rebuilds only what changed. Owned by one build slot.
class WorkTree {
 public:
  // Makes the directory or takes an existing one that this class made (its mark is the file
  // <directory>.stamps). Nothing in the repository is written, it may be read-only. Errors: invalid (the
  // directory holds foreign files), busy (another process has it), those of Repository::open(). Blocks.
  static Result<WorkTree> open(const std::filesystem::path& repository,
                               const std::filesystem::path& directory);
  WorkTree(WorkTree&&) noexcept;
  WorkTree& operator=(WorkTree&&) noexcept;
  ~WorkTree();

  // Afterwards the directory holds exactly this commit's files (whatever was there before: a killed checkout,
  // edits, patches); files that did not change keep their time stamps. Everything else in the directory is
  // removed: builds write elsewhere (O=). Attributes and line-end settings of git do not matter: contents are
  // the commit's own. Blocks: about as long as looking at every file takes. Errors: io (disk full), not_found
  // (objects are missing), cancelled; a later call repairs what was left.
  Result<void> check_out(const CommitId& commit, const std::stop_token& stop);

  // Applies a patch in git's format on top of what is checked out. Returns false, with nothing changed, if it
  // does not apply. Errc::invalid if the file is no patch. Blocks.
  Result<bool> apply(const std::filesystem::path& patch);

  const std::filesystem::path& directory() const;

 private:
  struct State;
  explicit WorkTree(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rigbisect
