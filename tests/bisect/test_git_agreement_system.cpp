#include <doctest/doctest.h>

#include "git_agreement.h"

namespace rigbisect {
namespace {

TEST_CASE("the order, the candidates and the first pick of 20 random histories are those of git rev-list") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) agree_with_git_rev_list(seed, 8 + 7 * seed);
}

TEST_CASE("60 random histories are bisected step by step as git bisect does") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) agree_with_git_bisect(seed, 5 + 2 * seed, false);
}

TEST_CASE("40 random histories with untestable commits are bisected as git bisect does") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) agree_with_git_bisect(10'000 + seed, 5 + 2 * seed, true);
}

TEST_CASE("a history of 5000 commits is bisected as git bisect does") {
  agree_with_git_bisect(77, 5000, false);
}

TEST_CASE("git bisect replay takes the marks of 40 searches by planner bayes to the same culprit") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) replays_in_git(seed, 20 + 2 * seed);
}

}  // namespace
}  // namespace rigbisect
