#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bisect/story.h"

namespace rigbisect {

// Subject of a commit, "" if unknown.
using SubjectOf = std::function<std::string(const CommitId&)>;

// The search as `git bisect log` would print it; `git bisect replay` accepts it and is then where we are.
// Holds what counts after the last reopening. Empty before the search has begun.
std::string git_bisect_log(const std::vector<story::Item>& story, const SubjectOf& subject_of);

}  // namespace rigbisect
