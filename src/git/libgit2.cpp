#include "git/libgit2.h"

#include <array>

#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>

#include "base/text.h"

namespace rigbisect::git {
namespace {

constexpr int kFirst = 999;  // priority among object stores: above those on disk

// libgit2 has one state for the process. We only read objects and references, so extensions that change how
// a work tree or a fetch behaves are no obstacle.
struct Library {
  Library() {
    git_libgit2_init();
    std::array<const char*, 3> extensions{"worktreeconfig", "partialclone", "preciousobjects"};
    git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions.data(), extensions.size());
  }
  ~Library() { git_libgit2_shutdown(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

Errc errc_of(int code) {
  switch (code) {
    case GIT_ENOTFOUND:
      return Errc::not_found;
    case GIT_EOWNER:
      return Errc::denied;
    case GIT_EAMBIGUOUS:
    case GIT_EINVALIDSPEC:
    case GIT_EPEEL:
    case GIT_EBUFS:
      return Errc::invalid;
    default:
      return Errc::io;
  }
}

std::string hint(int code, const git_error* error, git_repository* repository) {
  const bool object = error != nullptr && error->klass == GIT_ERROR_ODB;
  if (code != GIT_ENOTFOUND || !object || repository == nullptr) return "";
  const std::string path = printable(git_repository_path(repository));
  if (git_repository_is_shallow(repository) == 1) {
    return "; this clone is shallow, its history is cut off: run `git fetch --unshallow` in " + path;
  }
  return "; the object is missing (a partial clone, or a damaged repository): `git fsck` in " + path +
         " tells which, and a complete clone helps";
}

// New objects (patched files, reverted commits) stay in memory: the user's repository is never written, it
// may be read-only.
Result<void> keep_new_objects_in_memory(git_repository* repository) {
  git_odb_backend* memory = nullptr;
  if (const int code = git_mempack_new(&memory); code < 0) return failure(code, "an object store in memory");
  auto store = take<OdbHandle>("the object store", repository,
                               [&](git_odb** out) { return git_repository_odb(out, repository); });
  if (!store) {
    memory->free(memory);
    return store.error();
  }
  const int code = git_odb_add_backend(store->get(), memory, kFirst);
  if (code < 0) memory->free(memory);
  if (code < 0) return failure(code, "an object store in memory");
  return {};
}

}  // namespace

Error failure(int code, const std::string& what, git_repository* repository) {
  const git_error* error = git_error_last();
  const std::string message = error != nullptr ? printable(error->message) : "error " + std::to_string(code);
  return Error{errc_of(code), what + ": " + message + hint(code, error, repository)};
}

Result<RepositoryHandle> open_repository(const std::filesystem::path& path) {
  static const Library library;
  const std::string name = printable(path.native());
  git_repository* raw = nullptr;
  const int code = git_repository_open_ext(&raw, path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  if (code == 0) {
    RepositoryHandle repository(raw);
    if (auto kept = keep_new_objects_in_memory(raw); !kept) return kept.error();
    return repository;
  }
  // libgit2 1.5 reports a foreign owner as a missing setting if there is a user's configuration without it.
  const bool no_setting = code == GIT_ENOTFOUND && git_error_last()->klass == GIT_ERROR_CONFIG;
  if (code == GIT_EOWNER || no_setting) {
    return Error{Errc::denied, "the git repository " + name +
                                   " belongs to another user, so git does not trust it: if you do, run `git "
                                   "config --global --add safe.directory " +
                                   name + "`"};
  }
  if (code == GIT_ENOTFOUND) {
    return Error{Errc::not_found, name + " is not a git repository: give the directory that holds .git"};
  }
  return failure(code, "cannot open the git repository " + name);
}

Result<git_oid> to_oid(const std::string& id) {
  git_oid oid{};
  if (id.size() == GIT_OID_HEXSZ && git_oid_fromstr(&oid, id.c_str()) == 0) return oid;
  return Error{Errc::invalid, "'" + printable(id) + "' is not a full commit id"};
}

std::string to_string(const git_oid& oid) {
  std::string text(GIT_OID_HEXSZ, '0');
  git_oid_fmt(text.data(), &oid);
  return text;
}

Result<CommitHandle> find_commit(git_repository* repository, const std::string& id) {
  const auto oid = to_oid(id);
  if (!oid) return oid.error();
  return take<CommitHandle>("commit " + id, repository,
                            [&](git_commit** out) { return git_commit_lookup(out, repository, &*oid); });
}

Result<TreeHandle> tree_of(git_repository* repository, git_commit* commit) {
  return take<TreeHandle>("the tree of commit " + to_string(*git_commit_id(commit)), repository,
                          [&](git_tree** out) { return git_commit_tree(out, commit); });
}

}  // namespace rigbisect::git
