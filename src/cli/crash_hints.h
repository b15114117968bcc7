#pragma once

#include <filesystem>
#include <map>
#include <stop_token>

#include "bisect/commit_graph.h"
#include "crash/crash_report.h"

namespace rigbisect {

// The commits of `graph` that a crash hints at, with relative weights: those that touch the file it blames,
// other files of its stack trace, the directory of the file it blames, or what its maintainers also maintain.
// Each of these groups has a weight that its commits share, so that a busy directory does not outweigh one
// file; a commit in several adds up. Blocks for seconds in a large history. Errors: the repository cannot be
// read.
Result<std::map<CommitId, double>> crash_hints(const std::filesystem::path& repository,
                                               const CommitGraph& graph, const CrashReport& crash);

}  // namespace rigbisect
