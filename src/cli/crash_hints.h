#pragma once

#include <filesystem>
#include <map>
#include <stop_token>

#include "bisect/commit_graph.h"
#include "crash/crash_report.h"

namespace rigbisect {

// The commits of `graph` that a crash hints at, with relative weights: those that touch the file it blames,
// other files of its stack trace, or the directory of the file it blames. Blocks for seconds in a large
// history. Errors: the repository cannot be read.
Result<std::map<CommitId, double>> crash_hints(const std::filesystem::path& repository,
                                               const CommitGraph& graph, const CrashReport& crash);

}  // namespace rigbisect
