#include <unordered_map>

#include "base/text.h"
#include "git/repository_state.h"

namespace rigbisect {
namespace {

constexpr std::size_t kMostRemembered = 1'000'000;

// What a tree holds at a path, "" for nothing. Neighbouring commits share most of their trees, so what was
// looked up in a tree is remembered.
class Entries {
 public:
  explicit Entries(git_repository* repository) : repository_(repository) {}

  Result<std::string> at(std::string tree, const std::string& path) {
    for (const std::string_view part : split(path, '/')) {
      if (tree.empty()) break;
      auto below = child(tree, std::string(part));
      if (!below) return below;
      tree = std::move(*below);
    }
    return tree;
  }

 private:
  Result<std::string> child(const std::string& tree, const std::string& name) {
    const std::string key = tree + "/" + name;
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    const auto oid = git::to_oid(tree);
    if (!oid) return oid.error();
    git_object* raw = nullptr;
    const int code = git_object_lookup(&raw, repository_, &*oid, GIT_OBJECT_ANY);
    const git::ObjectHandle object(raw);
    if (code < 0) return git::failure(code, "the tree " + tree, repository_);
    std::string found;
    if (git_object_type(raw) == GIT_OBJECT_TREE) {
      git_object* tree_raw = nullptr;
      git_object_peel(&tree_raw, raw, GIT_OBJECT_TREE);
      const git::TreeHandle opened(reinterpret_cast<git_tree*>(tree_raw));
      const git_tree_entry* entry = git_tree_entry_byname(opened.get(), name.c_str());
      if (entry != nullptr) found = git::to_string(*git_tree_entry_id(entry));
    }
    if (known_.size() >= kMostRemembered) known_.clear();
    return known_.emplace(key, std::move(found)).first->second;
  }

  git_repository* repository_;
  std::unordered_map<std::string, std::string> known_;
};

}  // namespace

Result<std::vector<std::vector<CommitId>>> Repository::touching(const CommitGraph& graph,
                                                                const std::vector<std::string>& paths,
                                                                const std::stop_token& stop) const {
  Entries entries(state_->get());
  std::unordered_map<std::string, std::size_t> numbers;       // of what was found
  std::vector<std::vector<std::size_t>> holds(graph.size());  // by commit and path
  for (CommitGraph::Index i = 0; i < graph.size(); ++i) {
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopped while reading the history"};
    const auto tree = tree_of(graph.at(i).id);
    if (!tree) return tree.error();
    for (const std::string& path : paths) {
      auto entry = entries.at(*tree, path);
      if (!entry) return entry.error();
      holds[i].push_back(numbers.emplace(std::move(*entry), numbers.size()).first->second);
    }
  }
  std::vector<std::vector<CommitId>> touching(paths.size());
  for (CommitGraph::Index i = 0; i < graph.size(); ++i) {
    if (graph.parents(i).size() != 1) continue;
    for (std::size_t p = 0; p < paths.size(); ++p) {
      if (holds[i][p] != holds[graph.parents(i).front()][p]) touching[p].push_back(graph.at(i).id);
    }
  }
  return touching;
}

}  // namespace rigbisect
