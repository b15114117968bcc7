#include <doctest/doctest.h>

#include "bisect/planner_classic.h"
#include "git_agreement.h"

namespace rigbisect {
namespace {

CommitGraph chain(std::size_t length) {
  std::vector<Commit> commits;
  for (std::size_t i = 0; i < length; ++i) {
    Commit commit{.id = std::to_string(i), .parents = {}, .subject = "", .time = std::int64_t(i), .tags = {}};
    if (i > 0) commit.parents = {std::to_string(i - 1)};
    commits.push_back(std::move(commit));
  }
  return std::move(CommitGraph::make(std::move(commits)).value());
}

TEST_CASE("the order of histories, the candidates and the first pick are those of git rev-list") {
  for (const std::uint64_t seed : {1U, 7U, 13U, 20U}) agree_with_git_rev_list(seed, 8 + 7 * seed);
}

TEST_CASE("small histories are bisected step by step as git bisect does") {
  agree_with_git_bisect(1001, 25, false);
  agree_with_git_bisect(1002, 15, true);
}

TEST_CASE("a search over one candidate has nothing to test") {
  const CommitGraph graph = chain(2);
  CHECK(!ClassicPlanner().pick({graph, *graph.find("1"), {*graph.find("0")}, {}}));
}

TEST_CASE("a search whose testable commits are all skipped has nothing to test") {
  const CommitGraph graph = chain(4);
  const SearchState state{graph, *graph.find("3"), {*graph.find("0")}, {*graph.find("1"), *graph.find("2")}};
  CHECK(!ClassicPlanner().pick(state));
  CHECK(candidates(state).size() == 3);
}

TEST_CASE("a search of a release takes as many steps as git says") {
  CHECK(estimate_bisect_steps(1) == 0);
  CHECK(estimate_bisect_steps(3) == 1);
  CHECK(estimate_bisect_steps(4) == 1);
  CHECK(estimate_bisect_steps(5) == 1);
  CHECK(estimate_bisect_steps(6) == 2);
  CHECK(estimate_bisect_steps(15192) == 13);
}

TEST_CASE("commits beside a skipped one are avoided") {
  const CommitGraph graph = chain(101);
  SearchState state{graph, *graph.find("100"), {*graph.find("0")}, {}};
  const auto first = ClassicPlanner().pick(state);
  REQUIRE(first);
  CHECK(graph.at(first->commit).id == "50");
  state.skipped.push_back(first->commit);
  const auto second = ClassicPlanner().pick(state);
  REQUIRE(second);
  const int off = std::abs(std::stoi(graph.at(second->commit).id) - 50);
  CHECK(off > 5);
}

}  // namespace
}  // namespace rigbisect
