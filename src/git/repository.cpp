#include "git/repository.h"

#include "base/text.h"
#include "git/libgit2.h"
#include "git/maintainers.h"
#include "git/repository_state.h"
#include "git/reverted.h"

namespace rigbisect {
namespace {

using git::failure;
using git::take;

constexpr std::size_t kLargestMaintainers = std::size_t{8} << 20;

// Short names of all tags and branches, for "did you mean".
std::vector<std::string> reference_names(git_repository* repository) {
  std::vector<std::string> names;
  auto iterator = take<git::ReferenceIteratorHandle>(
      "the references", repository,
      [&](git_reference_iterator** out) { return git_reference_iterator_new(out, repository); });
  if (!iterator) return names;
  git_reference* raw = nullptr;
  while (git_reference_next(&raw, iterator->get()) == 0) {
    const git::ReferenceHandle reference(raw);
    names.emplace_back(git_reference_shorthand(raw));
  }
  return names;
}

Error unresolved(git_repository* repository, const std::string& revision, int code) {
  const std::string where = " in " + printable(git_repository_path(repository));
  const std::string quoted = "'" + printable(revision) + "'";
  if (code == GIT_EAMBIGUOUS) {
    return Error{Errc::invalid,
                 "the short commit id " + quoted + where + " could mean several objects: give more digits"};
  }
  if (code != GIT_ENOTFOUND && code != GIT_EINVALIDSPEC) {
    return failure(code, "the revision " + quoted + where, repository);
  }
  const std::vector<std::string> names = reference_names(repository);
  const std::string guess = did_you_mean_suffix(revision, names);
  const bool shallow = git_repository_is_shallow(repository) == 1;
  const std::string advice = !guess.empty() ? guess
                             : shallow
                                 ? ": this clone is shallow, `git fetch --unshallow --tags` gets the rest"
                                 : ": give a tag, a branch or a commit id (is a `git fetch --tags` due?)";
  return Error{code == GIT_ENOTFOUND ? Errc::not_found : Errc::invalid,
               "there is no revision " + quoted + where + advice};
}

}  // namespace

Repository::Repository(std::unique_ptr<State> state) : state_(std::move(state)) {}
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;
Repository::~Repository() = default;

Result<Repository> Repository::open(const std::filesystem::path& path) {
  auto handle = git::open_repository(path);
  if (!handle) return handle.error();
  return Repository(std::make_unique<State>(State{std::move(*handle)}));
}

Result<CommitId> Repository::resolve(const std::string& revision) const {
  git_object* raw = nullptr;
  int code = revision.empty() ? GIT_EINVALIDSPEC : git_revparse_single(&raw, state_->get(), revision.c_str());
  const git::ObjectHandle object(raw);
  if (code < 0) return unresolved(state_->get(), revision, code);
  git_object* peeled_raw = nullptr;
  code = git_object_peel(&peeled_raw, object.get(), GIT_OBJECT_COMMIT);
  const git::ObjectHandle peeled(peeled_raw);
  if (code < 0) {
    return failure(code, "the revision '" + printable(revision) + "' does not name a commit", state_->get());
  }
  return git::to_string(*git_object_id(peeled.get()));
}

Result<bool> Repository::is_ancestor(const CommitId& ancestor, const CommitId& descendant) const {
  const auto above = git::to_oid(ancestor);
  const auto below = git::to_oid(descendant);
  if (!above) return above.error();
  if (!below) return below.error();
  if (ancestor == descendant) return true;
  const int code = git_graph_descendant_of(state_->get(), &*below, &*above);
  if (code < 0)
    return failure(code, "whether " + ancestor + " is an ancestor of " + descendant, state_->get());
  return code == 1;
}

Result<CommitId> Repository::merge_base(const CommitId& a, const CommitId& b) const {
  const auto one = git::to_oid(a);
  const auto two = git::to_oid(b);
  if (!one) return one.error();
  if (!two) return two.error();
  git_oid base{};
  const int code = git_merge_base(&base, state_->get(), &*one, &*two);
  if (code == GIT_ENOTFOUND && git_error_last() != nullptr && git_error_last()->klass == GIT_ERROR_MERGE) {
    return Error{Errc::not_found, a + " and " + b + " have no common ancestor"};
  }
  if (code < 0) return failure(code, "the merge base of " + a + " and " + b, state_->get());
  return git::to_string(base);
}

Result<std::string> Repository::tree_of(const CommitId& commit) const {
  auto files = git::files_of(state_->get(), commit);
  if (!files) return files.error();
  return git::to_string(*git_tree_id(files->get()));
}

Result<CommitId> Repository::without(const CommitId& commit, const CommitId& change) const {
  const CommitId id = to_string(git::Reverted{commit, change});
  auto files = git::files_of(state_->get(), id);
  if (!files) return files.error();
  return id;
}

Result<std::vector<std::string>> Repository::maintained_with(const CommitId& commit,
                                                             const std::string& file) const {
  auto tree = git::files_of(state_->get(), commit);
  if (!tree) return tree.error();
  const git_tree_entry* entry = git_tree_entry_byname(tree->get(), "MAINTAINERS");
  if (entry == nullptr || git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
    return Error{Errc::not_found, commit + " has no file MAINTAINERS"};
  auto blob = take<git::BlobHandle>("MAINTAINERS of " + commit, state_->get(), [&](git_blob** out) {
    return git_blob_lookup(out, state_->get(), git_tree_entry_id(entry));
  });
  if (!blob) return blob.error();
  const std::string_view text(static_cast<const char*>(git_blob_rawcontent(blob->get())),
                              static_cast<std::size_t>(git_blob_rawsize(blob->get())));
  return git::maintained_with(text.substr(0, kLargestMaintainers), file);
}

}  // namespace rigbisect
