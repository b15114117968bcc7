#pragma once

#include <cstdint>

namespace rigbisect {

// Makes the random history of this seed in a scratch repository and bisects it twice, with `git bisect` and
// with ClassicPlanner, comparing every pick, its numbers and the end. `skips`: some commits are untestable.
void agree_with_git_bisect(std::uint64_t seed, std::size_t size, bool skips);

// Bisects such a history with planner bayes, whose bug shows in some of the runs only, and gives `git bisect
// replay` what the story says: git comes to the same end.
void replays_in_git(std::uint64_t seed, std::size_t size);

// The first for the first pick only, against `git rev-list --bisect-vars`: quick.
void agree_with_git_rev_list(std::uint64_t seed, std::size_t size);

}  // namespace rigbisect
