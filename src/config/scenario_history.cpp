#include <set>

#include "config/scenario_parts.h"

namespace rigbisect {
namespace {

constexpr long kLongestChain = 1'000'000;

std::optional<GitHistory> read_git(const YamlNode& node, const std::filesystem::path& directory,
                                   Problems& problems) {
  GitHistory history;
  MapReader map(node, "history.git", problems);
  if (const YamlNode* repo = map.require("repo", "a git repository, relative to this file")) {
    history.repo = read_path(*repo, "history.git.repo", directory, problems).value_or("");
  }
  if (const YamlNode* bad = map.require("bad", "a revision that has the bug")) {
    history.bad = read_text(*bad, "history.git.bad", problems).value_or("");
  }
  if (const YamlNode* good = map.find("good")) history.good = read_text(*good, "history.git.good", problems);
  map.finish();
  return history;
}

std::optional<ListedCommit> read_listed(const YamlNode& node, const std::string& name, Problems& problems) {
  ListedCommit commit;
  MapReader map(node, name, problems);
  if (const YamlNode* id = map.require("id", "what this commit is called")) {
    commit.id = read_text(*id, map.name_of("id"), problems).value_or("");
  }
  map.texts("parents", commit.parents);
  map.texts("tags", commit.tags);
  map.texts("files", commit.files);
  map.finish();
  return commit;
}

std::optional<std::vector<ListedCommit>> read_list(const YamlNode& node, Problems& problems) {
  if (node.kind != YamlNode::Kind::list || node.items.empty()) {
    problems.add(node.mark, "history.commits: expected a list such as [{id: a}, {id: b, parents: [a]}]");
    return std::nullopt;
  }
  std::vector<ListedCommit> commits;
  std::set<std::string> ids;
  for (const YamlNode& item : node.items) {
    if (problems.full()) break;
    const std::string name = "history.commits[" + std::to_string(&item - node.items.data()) + "]";
    auto commit = read_listed(item, name, problems);
    if (!commit) continue;
    if (!commit->id.empty() && !ids.insert(commit->id).second) {
      problems.add(item.mark, name + ": the commit " + shown(commit->id) + " comes twice");
    }
    commits.push_back(std::move(*commit));
  }
  return commits;
}

}  // namespace

std::optional<ScenarioHistory> read_history(const YamlNode& node, const std::filesystem::path& directory,
                                            Problems& problems) {
  MapReader map(node, "history", problems);
  std::optional<ScenarioHistory> history;
  int kinds = 0;
  if (const YamlNode* chain = map.find("chain")) {
    ++kinds;
    if (const auto count = read_integer(*chain, "history.chain", 2, kLongestChain, problems)) {
      history = ChainHistory{static_cast<int>(*count)};
    }
  }
  if (const YamlNode* git = map.find("git")) {
    ++kinds;
    history = read_git(*git, directory, problems);
  }
  if (const YamlNode* commits = map.find("commits")) {
    ++kinds;
    history = read_list(*commits, problems);
  }
  map.finish();
  if (kinds != 1 && map.is_map()) {
    problems.add(node.mark, "history: expected exactly one of chain, git and commits");
  }
  return history;
}

std::optional<NamedCommit> read_commit(const YamlNode& node, const std::string& name, Problems& problems) {
  auto id = read_text(node, name, problems);
  if (!id) return std::nullopt;
  return NamedCommit{std::move(*id), node.mark};
}

}  // namespace rigbisect
