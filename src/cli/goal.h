#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "bisect/bisection.h"
#include "config/recipe.h"
#include "git/repository.h"

namespace rigbisect {

// The revisions of a recipe as commits: fixed when a campaign begins, so that a branch that moves does not
// change it.
struct ResolvedRange {
  CommitId bad;
  std::string good;  // "" when releases are walked (or, for a fix, never: it is the tip then)
  std::vector<std::string> releases;  // to walk, newest first
};

// Errors: unknown revision, bad not descended from good (with what to do), no release tag to walk.
Result<ResolvedRange> resolve_range(const Recipe& recipe, const Repository& repository);

// The bisection that this recipe asks for, at its beginning. Reads the history: seconds for a large one.
Result<Bisection> begin_bisection(const Recipe& recipe, const ResolvedRange& range,
                                  const Repository& repository, std::stop_token stop);

}  // namespace rigbisect
