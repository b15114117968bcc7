#include "cli/crash_hints.h"

#include <algorithm>
#include <set>
#include <vector>

#include "crash/guilty.h"
#include "git/repository.h"

namespace rigbisect {
namespace {

// What a commit may have changed to be hinted at, and how much of the hints' weight such commits share.
struct Hint {
  double weight;
  std::vector<std::string> paths;
};

constexpr double kBlamedFile = 4;
constexpr double kOtherFiles = 3;
constexpr double kDirectory = 2;
constexpr double kMaintained = 1;
constexpr std::size_t kMostFiles = 12;       // of a trace, the innermost
constexpr std::size_t kMostMaintained = 24;  // paths

std::vector<Hint> hints_of(const CrashReport& crash, const Repository& repository, const CommitId& newest) {
  const std::string& blamed = crash.guilty_file;
  std::vector<std::string> others = files_in_trace(crash.report);
  std::erase(others, blamed);
  others.resize(std::min(others.size(), kMostFiles));
  std::vector<Hint> hints{{kOtherFiles, std::move(others)}};
  if (blamed.empty()) return hints;
  hints.push_back({kBlamedFile, {blamed}});
  if (const auto slash = blamed.rfind('/'); slash != std::string::npos)
    hints.push_back({kDirectory, {blamed.substr(0, slash)}});
  // A tree without MAINTAINERS hints at less.
  if (auto maintained = repository.maintained_with(newest, blamed)) {
    maintained->resize(std::min(maintained->size(), kMostMaintained));
    hints.push_back({kMaintained, std::move(*maintained)});
  }
  return hints;
}

}  // namespace

Result<std::map<CommitId, double>> crash_hints(const std::filesystem::path& repository,
                                               const CommitGraph& graph, const CrashReport& crash) {
  const auto opened = Repository::open(repository);
  if (!opened) return opened.error();
  std::map<CommitId, double> weights;
  for (const Hint& hint : hints_of(crash, *opened, graph.at(0).id)) {
    if (hint.paths.empty()) continue;
    const auto touching = opened->touching(graph, hint.paths, {});
    if (!touching) return touching.error();
    std::set<CommitId> commits;
    for (const auto& some : *touching) commits.insert(some.begin(), some.end());
    for (const CommitId& commit : commits)
      weights[commit] += hint.weight / static_cast<double>(commits.size());
  }
  return weights;
}

}  // namespace rigbisect
