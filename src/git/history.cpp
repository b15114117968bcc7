#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "git/libgit2.h"
#include "git/repository_state.h"
#include "git/reverted.h"

namespace rigbisect {
namespace git {
namespace {

constexpr std::string_view kTagPrefix = "refs/tags/";
constexpr std::int64_t kClockSkew = 86'400;  // seconds: clocks of those who commit differ

Result<WalkHandle> walk_from(git_repository* repository, const std::string& newest, unsigned order) {
  const auto oid = to_oid(newest);
  if (!oid) return oid.error();
  auto walk = take<WalkHandle>("the history", repository,
                               [&](git_revwalk** out) { return git_revwalk_new(out, repository); });
  if (!walk) return walk;
  git_revwalk_sorting(walk->get(), order);
  if (const int code = git_revwalk_push(walk->get(), &*oid); code < 0) {
    return failure(code, "the history of " + newest, repository);
  }
  return walk;
}

// The next commit id, "" at the end.
Result<std::string> next(git_revwalk* walk, git_repository* repository) {
  git_oid oid{};
  const int code = git_revwalk_next(&oid, walk);
  if (code == GIT_ITEROVER) return std::string();
  if (code < 0) return failure(code, "the history", repository);
  return to_string(oid);
}

// The commit a tag stands on; "" for a tag of something else or of a commit that a shallow clone lacks.
std::string target_of(git_reference* reference) {
  git_object* raw = nullptr;
  const int code = git_reference_peel(&raw, reference, GIT_OBJECT_COMMIT);
  const ObjectHandle object(raw);
  return code == 0 ? to_string(*git_object_id(raw)) : "";
}

Commit describe(git_commit* raw, const std::unordered_multimap<std::string, std::string>& tags) {
  Commit commit;
  commit.id = to_string(*git_commit_id(raw));
  commit.time = git_commit_committer(raw)->when.time;
  if (const char* subject = git_commit_summary(raw)) commit.subject = subject;
  for (unsigned i = 0; i < git_commit_parentcount(raw); ++i) {
    commit.parents.push_back(to_string(*git_commit_parent_id(raw, i)));
  }
  const auto [begin, end] = tags.equal_range(commit.id);
  for (auto tag = begin; tag != end; ++tag) commit.tags.push_back(tag->second);
  std::sort(commit.tags.begin(), commit.tags.end());
  return commit;
}

}  // namespace

Result<std::vector<ReleaseTag>> release_tags(git_repository* repository) {
  auto iterator = take<ReferenceIteratorHandle>("the tags", repository, [&](git_reference_iterator** out) {
    return git_reference_iterator_glob_new(out, repository, "refs/tags/v*");
  });
  if (!iterator) return iterator.error();
  std::vector<ReleaseTag> tags;
  git_reference* raw = nullptr;
  int code = 0;
  while ((code = git_reference_next(&raw, iterator->get())) == 0) {
    const ReferenceHandle reference(raw);
    std::string name = std::string(git_reference_name(raw)).substr(kTagPrefix.size());
    const auto version = parse_release(name);
    if (!version) continue;
    std::string commit = target_of(raw);
    if (!commit.empty()) tags.push_back({std::move(name), *version, std::move(commit)});
  }
  if (code != GIT_ITEROVER) return failure(code, "the tags", repository);
  std::sort(tags.begin(), tags.end(), [](const auto& a, const auto& b) { return a.version > b.version; });
  return tags;
}

}  // namespace git

Result<CommitGraph> Repository::history(const CommitId& newest, const std::vector<CommitId>& boundary,
                                        const std::stop_token& stop) const {
  git_repository* const repository = state_->get();
  auto walk = git::walk_from(repository, newest, GIT_SORT_NONE);
  if (!walk) return walk.error();
  const std::set<std::string> ends(boundary.begin(), boundary.end());
  for (const std::string& end : ends) {
    const auto oid = git::to_oid(end);
    if (!oid) return oid.error();
    const int code = git_revwalk_hide(walk->get(), &*oid);
    if (code < 0) return git::failure(code, "the history of " + end, repository);
  }
  auto tags = git::release_tags(repository);
  if (!tags) return tags.error();
  std::unordered_multimap<std::string, std::string> tags_of;
  for (auto& tag : *tags) tags_of.emplace(tag.commit, tag.name);

  std::vector<Commit> commits;
  const auto add = [&](const std::string& id) -> Result<void> {
    auto commit = git::find_commit(repository, id);
    if (!commit) return commit.error();
    commits.push_back(git::describe(commit->get(), tags_of));
    return {};
  };
  for (const std::string& end : ends) {
    if (auto added = add(end); !added) return added.error();
  }
  for (;;) {
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopped while reading the history"};
    const auto id = git::next(walk->get(), repository);
    if (!id) return id.error();
    if (id->empty()) return CommitGraph::make(std::move(commits));
    if (auto added = add(*id); !added) return added.error();
  }
}

Result<std::vector<std::string>> Repository::releases_before(const CommitId& newest) const {
  git_repository* const repository = state_->get();
  auto tags = git::release_tags(repository);
  if (!tags) return tags.error();
  std::erase_if(*tags, [&](const auto& tag) { return tag.version.is_candidate() || tag.commit == newest; });
  std::set<std::string> missing;
  for (const auto& tag : *tags) missing.insert(tag.commit);

  // One walk for all tags. It ends at the oldest that is an ancestor, at worst at the first commit.
  auto walk = git::walk_from(repository, newest, GIT_SORT_NONE);
  if (!walk) return walk.error();
  while (!missing.empty()) {
    const auto id = git::next(walk->get(), repository);
    if (!id) return id.error();
    if (id->empty()) break;
    missing.erase(*id);
  }
  std::vector<std::string> names;
  for (const auto& tag : *tags) {
    if (!missing.contains(tag.commit)) names.push_back(tag.name);
  }
  return git::pick_release_tags(names);
}

// The first release met on the way back by date is nearly always the answer and near. What can still beat it
// is a higher version with an earlier date (an old branch was merged), so only those are asked about.
Result<std::string> Repository::newest_release_in(const CommitId& of) const {
  const auto reverted = git::parse_reverted(of);
  const CommitId& commit = reverted ? reverted->commit : of;
  git_repository* const repository = state_->get();
  auto tags = git::release_tags(repository);
  if (!tags) return tags.error();
  std::erase_if(*tags, [](const auto& tag) { return tag.version.is_candidate(); });
  std::unordered_map<std::string, std::size_t> rank;  // of equal versions on one commit the first counts
  for (std::size_t i = 0; i < tags->size(); ++i) rank.emplace((*tags)[i].commit, i);

  std::size_t best = tags->size();
  auto walk = git::walk_from(repository, commit, GIT_SORT_TIME);
  if (!walk) return walk.error();
  while (best == tags->size() && !tags->empty()) {
    const auto id = git::next(walk->get(), repository);
    if (!id) return id.error();
    if (id->empty()) break;
    if (const auto found = rank.find(*id); found != rank.end()) best = found->second;
  }
  if (best == tags->size()) return std::string();

  auto here = git::find_commit(repository, commit);
  if (!here) return here.error();
  const std::int64_t latest = git_commit_time(here->get()) + git::kClockSkew;
  for (std::size_t i = 0; i < best; ++i) {
    auto tagged = git::find_commit(repository, (*tags)[i].commit);
    if (!tagged) return tagged.error();
    if (git_commit_time(tagged->get()) > latest) continue;
    const auto contained = is_ancestor((*tags)[i].commit, commit);
    if (!contained) return contained.error();
    if (*contained) return (*tags)[i].name;
  }
  return (*tags)[best].name;
}

}  // namespace rigbisect
