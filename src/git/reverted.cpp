#include "git/reverted.h"

#include "base/text.h"

namespace rigbisect::git {
namespace {

constexpr std::string_view kWithout = "-without-";
constexpr std::size_t kMostNamed = 3;

// "a.c, b.c and 4 more"
std::string conflicting_files(git_index* index) {
  git_index_conflict_iterator* raw = nullptr;
  if (git_index_conflict_iterator_new(&raw, index) < 0) return "some files";
  const Handle<git_index_conflict_iterator, git_index_conflict_iterator_free> conflicts(raw);
  std::string names;
  std::size_t count = 0;
  const git_index_entry* base = nullptr;
  const git_index_entry* ours = nullptr;
  const git_index_entry* theirs = nullptr;
  while (git_index_conflict_next(&base, &ours, &theirs, raw) == 0) {
    if (++count > kMostNamed) continue;
    const git_index_entry* known = base != nullptr ? base : ours != nullptr ? ours : theirs;
    names += (names.empty() ? "" : ", ") + printable(known->path);
  }
  return count <= kMostNamed ? names : names + " and " + std::to_string(count - kMostNamed) + " more";
}

Result<TreeHandle> revert(git_repository* repository, const Reverted& wanted) {
  auto commit = find_commit(repository, wanted.commit);
  if (!commit) return commit.error();
  auto change = find_commit(repository, wanted.change);
  if (!change) return change.error();
  const std::string what = "reverting " + wanted.change + " on " + wanted.commit;
  const unsigned first_parent = git_commit_parentcount(change->get()) > 1 ? 1 : 0;
  auto index = take<IndexHandle>(what, repository, [&](git_index** out) {
    return git_revert_commit(out, repository, change->get(), commit->get(), first_parent, nullptr);
  });
  if (!index) return index.error();
  if (git_index_has_conflicts(index->get()) == 1)
    return Error{Errc::invalid, what + ": git stops with conflicts in " + conflicting_files(index->get())};
  git_oid files{};
  const int code = git_index_write_tree_to(&files, index->get(), repository);
  if (code < 0) return failure(code, what, repository);
  if (git_oid_equal(&files, git_commit_tree_id(commit->get())) == 1)
    return Error{Errc::invalid, what + ": nothing of that change is left there"};
  return take<TreeHandle>(what, repository,
                          [&](git_tree** out) { return git_tree_lookup(out, repository, &files); });
}

}  // namespace

std::string to_string(const Reverted& reverted) {
  return reverted.commit + std::string(kWithout) + reverted.change;
}

std::optional<Reverted> parse_reverted(const std::string& id) {
  const auto at = id.find(kWithout);
  if (at == std::string::npos) return std::nullopt;
  return Reverted{id.substr(0, at), id.substr(at + kWithout.size())};
}

Result<TreeHandle> files_of(git_repository* repository, const std::string& id) {
  if (const auto reverted = parse_reverted(id)) return revert(repository, *reverted);
  auto commit = find_commit(repository, id);
  if (!commit) return commit.error();
  return tree_of(repository, commit->get());
}

}  // namespace rigbisect::git
