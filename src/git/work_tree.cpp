#include <optional>
#include <vector>

#include "base/text.h"
#include "git/libgit2.h"
#include "git/repository.h"
#include "git/reverted.h"
#include "git/stamps.h"
#include "git/tree_sync.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& directory, const char* suffix) {
  return fs::path(directory.native() + suffix);
}

// Makes the directory ours, or finds that it is: the stamps beside it are the mark.
Result<git::Stamps> claim(const fs::path& directory, const fs::path& stamps_file) {
  auto stamps = git::Stamps::load(stamps_file);
  if (!stamps && stamps.error().code != Errc::not_found) return stamps;
  const bool ours = stamps.ok();
  if (auto made = make_directories(directory); !made) return made.error();
  if (ours) return stamps;
  std::error_code error;
  if (!fs::is_empty(directory, error) || error) {
    return Error{Errc::invalid,
                 "the directory " + printable(directory.native()) +
                     " is to hold a work tree but holds other files, and they would be deleted: "
                     "name an empty or a new directory"};
  }
  git::Stamps none;
  if (auto saved = none.save(stamps_file); !saved) return saved.error();
  return none;
}

// `updates` turns the patched files of `index` into changes of the tree.
std::vector<git_tree_update> updates_of(git_diff* diff, git_index* index) {
  std::vector<git_tree_update> updates;
  for (std::size_t i = 0; i < git_diff_num_deltas(diff); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(diff, i);
    const char* const before = delta->old_file.path;
    const char* const after = delta->new_file.path;
    const bool moved = delta->status == GIT_DELTA_RENAMED;
    if (moved || delta->status == GIT_DELTA_DELETED) {
      updates.push_back({GIT_TREE_UPDATE_REMOVE, {}, GIT_FILEMODE_UNREADABLE, before});
    }
    if (delta->status == GIT_DELTA_DELETED) continue;
    const git_index_entry* entry = git_index_get_bypath(index, after, 0);
    if (entry == nullptr) continue;
    updates.push_back({GIT_TREE_UPDATE_UPSERT, entry->id, static_cast<git_filemode_t>(entry->mode), after});
  }
  return updates;
}

}  // namespace

struct WorkTree::State {
  git::RepositoryHandle repository;
  fs::path directory;
  FileLock lock;
  git::Stamps stamps;
  git::TreeHandle tree = nullptr;  // what the directory holds, patches included

  // Moves the directory to `wanted`.
  Result<void> sync(git::TreeHandle wanted, const std::stop_token& stop) {
    tree.reset();
    auto synced = git::sync_tree(repository.get(), wanted.get(), directory, stamps, stop);
    if (auto saved = stamps.save(beside(directory, ".stamps")); synced && !saved) return saved;
    if (synced) tree = std::move(wanted);
    return synced;
  }
};

WorkTree::WorkTree(std::unique_ptr<State> state) : state_(std::move(state)) {}
WorkTree::WorkTree(WorkTree&&) noexcept = default;
WorkTree& WorkTree::operator=(WorkTree&&) noexcept = default;
WorkTree::~WorkTree() = default;

const fs::path& WorkTree::directory() const {
  return state_->directory;
}

Result<WorkTree> WorkTree::open(const fs::path& repository, const fs::path& directory) {
  auto handle = git::open_repository(repository);
  if (!handle) return handle.error();
  std::error_code error;
  const fs::path place = fs::absolute(directory, error).lexically_normal();
  if (error)
    return Error{Errc::io, "the work tree " + printable(directory.native()) + ": " + error.message()};
  if (auto made = make_directories(place.parent_path()); !made) return made.error();
  auto lock = FileLock::try_acquire(beside(place, ".lock"));
  if (!lock) return lock.error().within("the work tree " + printable(place.native()));
  auto stamps = claim(place, beside(place, ".stamps"));
  if (!stamps) return stamps.error();
  return WorkTree(
      std::make_unique<State>(State{std::move(*handle), place, std::move(*lock), std::move(*stamps)}));
}

Result<void> WorkTree::check_out(const CommitId& commit, const std::stop_token& stop) {
  auto tree = git::files_of(state_->repository.get(), commit);
  if (!tree) return tree.error();
  return state_->sync(std::move(*tree), stop);
}

Result<bool> WorkTree::apply(const fs::path& patch) {
  git_repository* const repository = state_->repository.get();
  const std::string name = "the patch " + printable(patch.native());
  if (!state_->tree) return Error{Errc::internal, name + ": no commit is checked out"};
  const auto text = read_file(patch);
  if (!text) return text.error();
  auto diff = git::take<git::DiffHandle>(
      name, nullptr, [&](git_diff** out) { return git_diff_from_buffer(out, text->data(), text->size()); });
  if (!diff || git_diff_num_deltas(diff->get()) == 0) {
    const std::string why = diff ? "no change in it" : diff.error().what;
    return Error{Errc::invalid,
                 name + " cannot be read (" + why + "): give the output of `git diff` or `git format-patch`"};
  }
  git_index* raw = nullptr;
  const int code = git_apply_to_tree(&raw, repository, state_->tree.get(), diff->get(), nullptr);
  const git::IndexHandle index(raw);
  if (code == GIT_EAPPLYFAIL || code == GIT_EEXISTS || code == GIT_ENOTFOUND) return false;
  if (code < 0) return git::failure(code, name, repository);
  const auto updates = updates_of(diff->get(), index.get());
  git_oid patched{};
  const int made =
      git_tree_create_updated(&patched, repository, state_->tree.get(), updates.size(), updates.data());
  if (made < 0) return git::failure(made, name, repository);
  auto tree = git::take<git::TreeHandle>(
      name, repository, [&](git_tree** out) { return git_tree_lookup(out, repository, &patched); });
  if (!tree) return tree.error();
  if (auto synced = state_->sync(std::move(*tree), {}); !synced) return synced.error();
  return true;
}

}  // namespace rigbisect
