#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <git2.h>

#include "base/result.h"

// libgit2 objects that free themselves, and its errors as ours. Only for src/git.
namespace rigbisect::git {

template <auto Free>
struct Releaser {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

template <typename T, auto Free>
using Handle = std::unique_ptr<T, Releaser<Free>>;

using RepositoryHandle = Handle<git_repository, git_repository_free>;
using ObjectHandle = Handle<git_object, git_object_free>;
using CommitHandle = Handle<git_commit, git_commit_free>;
using TreeHandle = Handle<git_tree, git_tree_free>;
using BlobHandle = Handle<git_blob, git_blob_free>;
using WalkHandle = Handle<git_revwalk, git_revwalk_free>;
using ReferenceHandle = Handle<git_reference, git_reference_free>;
using ReferenceIteratorHandle = Handle<git_reference_iterator, git_reference_iterator_free>;
using OdbHandle = Handle<git_odb, git_odb_free>;
using DiffHandle = Handle<git_diff, git_diff_free>;
using IndexHandle = Handle<git_index, git_index_free>;

// The Error for a failed libgit2 call: "`what`: <its message>". `repository` (may be null) lets it say what
// to do about a missing object.
Error failure(int code, const std::string& what, git_repository* repository = nullptr);

// Calls make(&pointer) and owns what it made.
template <typename OwningHandle, typename Make>
Result<OwningHandle> take(const std::string& what, git_repository* repository, Make make) {
  typename OwningHandle::pointer raw = nullptr;
  if (const int code = make(&raw); code < 0) return failure(code, what, repository);
  return OwningHandle(raw);
}

// Opens exactly this directory (a work tree, a linked work tree or a bare repository), without looking in its
// parents. Nothing is ever written to it: new objects stay in memory.
Result<RepositoryHandle> open_repository(const std::filesystem::path& path);

Result<git_oid> to_oid(const std::string& id);
std::string to_string(const git_oid& oid);

Result<CommitHandle> find_commit(git_repository* repository, const std::string& id);
Result<TreeHandle> tree_of(git_repository* repository, git_commit* commit);

}  // namespace rigbisect::git
