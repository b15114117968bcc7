#include "cli/crash_hints.h"

#include <algorithm>

#include "crash/guilty.h"
#include "git/repository.h"

namespace rigbisect {
namespace {

constexpr double kBlamedFile = 4;
constexpr double kOtherFile = 2;
constexpr double kDirectory = 1;
constexpr std::size_t kMostFiles = 12;  // of a trace, the innermost

}  // namespace

Result<std::map<CommitId, double>> crash_hints(const std::filesystem::path& repository,
                                               const CommitGraph& graph, const CrashReport& crash) {
  std::vector<std::string> paths = files_in_trace(crash.report);
  paths.resize(std::min(paths.size(), kMostFiles));
  std::vector<double> weights(paths.size(), kOtherFile);
  if (!crash.guilty_file.empty()) {
    paths.push_back(crash.guilty_file);
    weights.push_back(kBlamedFile);
    if (const auto slash = crash.guilty_file.rfind('/'); slash != std::string::npos) {
      paths.push_back(crash.guilty_file.substr(0, slash));
      weights.push_back(kDirectory);
    }
  }
  if (paths.empty()) return std::map<CommitId, double>{};
  const auto opened = Repository::open(repository);
  if (!opened) return opened.error();
  const auto touching = opened->touching(graph, paths, {});
  if (!touching) return touching.error();
  std::map<CommitId, double> hints;
  for (std::size_t p = 0; p < paths.size(); ++p) {
    for (const CommitId& commit : (*touching)[p]) hints[commit] = std::max(hints[commit], weights[p]);
  }
  return hints;
}

}  // namespace rigbisect
