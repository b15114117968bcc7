#include <doctest/doctest.h>

#include "bisect/commit_graph.h"
#include "random_history.h"

namespace rigbisect {
namespace {

Commit commit(const CommitId& id, std::vector<CommitId> parents, std::int64_t time) {
  return {.id = id, .parents = std::move(parents), .subject = id, .time = time, .tags = {}};
}

TEST_CASE("commits are indexed newest first, and first come first served when dates are equal") {
  const auto graph = CommitGraph::make({commit("root", {}, 1), commit("left", {"root"}, 2),
                                        commit("right", {"root"}, 2), commit("merge", {"right", "left"}, 3)});
  REQUIRE(graph.ok());
  CHECK(graph->at(0).id == "merge");
  CHECK(graph->at(1).id == "right");
  CHECK(graph->at(2).id == "left");
  CHECK(graph->at(3).id == "root");
}

TEST_CASE("parents outside of the graph are remembered by id only") {
  const auto graph = CommitGraph::make({commit("b", {"a", "elsewhere"}, 2), commit("a", {"older"}, 1)});
  REQUIRE(graph.ok());
  CHECK(graph->parents(0) == std::vector<CommitGraph::Index>{1});
  CHECK(graph->at(0).parents.size() == 2);
  CHECK(!graph->find("elsewhere"));
}

TEST_CASE("a commit that comes twice is an error") {
  const auto graph = CommitGraph::make({commit("a", {}, 1), commit("a", {}, 2)});
  REQUIRE(!graph.ok());
  CHECK(graph.error().what == "the history has commit a twice");
}

TEST_CASE("a cycle is an error") {
  const auto graph = CommitGraph::make({commit("a", {"b"}, 1), commit("b", {"a"}, 2), commit("c", {"b"}, 3)});
  REQUIRE(!graph.ok());
  CHECK(graph.error().what.find("cycle") != std::string::npos);
}

TEST_CASE("no commits make an empty graph") {
  const auto graph = CommitGraph::make({});
  REQUIRE(graph.ok());
  CHECK(graph->size() == 0);
}

TEST_CASE("is_ancestor and ancestors agree on every pair") {
  Dice dice(7);
  const auto graph = CommitGraph::make(random_history(dice, 80));
  REQUIRE(graph.ok());
  for (CommitGraph::Index a = 0; a < graph->size(); ++a) {
    const auto reached = graph->ancestors({a});
    for (CommitGraph::Index b = 0; b < graph->size(); ++b) CHECK(reached[b] == graph->is_ancestor(b, a));
  }
}

}  // namespace
}  // namespace rigbisect
