#pragma once

#include <span>

namespace rigbisect {

// How often the bug shows in one run of a kernel that has it, from the runs of such kernels: Laplace's rule,
// (crashed + 1) / (crashed + clean + 2), so never 0 or 1 and careful while little was seen.
double reproduction_rate(int crashed, int clean);

// The chance that all of these commits are good, from their numbers of clean runs: the product of
// 1 - (1 - rate)^runs. Lower than the truth where one of them is an ancestor of another.
double chance_all_good(double rate, std::span<const int> clean_runs);

}  // namespace rigbisect
