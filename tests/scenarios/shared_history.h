#pragma once

#include "bisect/commit_graph.h"

namespace rigbisect {

// The history that the field's bisection scenarios share: commits "400".."405", "500".."505", ... "905" on
// one line, release tag "vN.0" on each N00. "700" also merges "650", a side commit of v5.0; "804" also merges
// "790", "791", "792", a branch from v7.0; "851" and "852" are a branch from v8.0 that is never merged and
// only there if `side_branch`.
CommitGraph shared_history(bool side_branch = false);

}  // namespace rigbisect
