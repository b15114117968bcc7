#include <doctest/doctest.h>

#include "config/scenario.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

Result<Scenario> parse(const std::string& yaml) {
  return parse_scenario(yaml, "/sim/s.yaml");
}

std::string error_of(const std::string& yaml) {
  const auto scenario = parse(yaml);
  return scenario ? "no error" : scenario.error().what;
}

TEST_CASE("a scenario needs a history and a bug, and the rest has defaults") {
  const auto scenario = parse("history: {chain: 100}\nbug: {introduced: random}\n");
  REQUIRE_MESSAGE(scenario.ok(), scenario.error().what);
  CHECK(std::get<ChainHistory>(scenario->history).count == 100);
  REQUIRE(scenario->bug.introduced.has_value());
  CHECK(scenario->bug.introduced->random);
  CHECK_FALSE(scenario->bug.fixed.has_value());
  CHECK(scenario->bug.rate == 1);
  CHECK_FALSE(scenario->bug.mean_time_to_crash.has_value());
  CHECK(scenario->costs.build == 320s);
  CHECK(scenario->costs.repro == 300s);
  CHECK(scenario->resources.build_ahead);
  CHECK_FALSE(scenario->policy.classic);
  CHECK(scenario->policy.confidence == 0.97);
  CHECK(scenario->policy.reproduce_runs == 20);
  CHECK(scenario->trials == 300);
  CHECK(scenario->seed == 1);
  CHECK(error_of("{}") ==
        "/sim/s.yaml:1:1: history is missing: such as {chain: 1000}, {git: ...} or {commits: [...]}\n"
        "/sim/s.yaml:1:1: bug is missing: such as {introduced: random, rate: 0.3}");
}

TEST_CASE("every key of a scenario is read") {
  const auto scenario = parse(R"(
history:
  commits: [{id: "400", tags: [v4.0]}, {id: "401", parents: ["400"], files: [a/b.c]}]
start: "401"
good: "400"
mode: fix
bug: {introduced: "400", fixed: "401", rate: 0.29, time_to_crash_s: 60}
noise: {false_crash_rate: 0.01, other_crash_rate: 0.02, board_fault_rate: 0.03}
untestable: {no_build: [["500", "600"]], no_boot: ["700"], random_regions: {fraction: 0.1, mean_length: 30}}
same_binary: [["502", "503"]]
suspects: {count: 40, holds_culprit: 0.7}
costs: {build_s: 900, incremental_build_s: 120.5, boot_s: 30, repro_s: 100}
resources: {boards: 4, build_slots: 2, build_ahead: false}
policy: {planner: classic, confidence: 0.9, reproduce_runs: 7, runs: 10, need: 2, sequential: true}
trials: 12
seed: 99
)");
  REQUIRE_MESSAGE(scenario.ok(), scenario.error().what);
  const auto& commits = std::get<std::vector<ListedCommit>>(scenario->history);
  REQUIRE(commits.size() == 2);
  CHECK(commits[0].tags == std::vector<std::string>{"v4.0"});
  CHECK(commits[1].parents == std::vector<std::string>{"400"});
  CHECK(commits[1].files == std::vector<std::string>{"a/b.c"});
  CHECK(scenario->start->id == "401");
  CHECK(scenario->good->id == "400");
  CHECK(scenario->fix);
  CHECK(scenario->bug.fixed->commit->id == "401");
  CHECK(scenario->bug.rate == 0.29);
  CHECK(scenario->bug.mean_time_to_crash == 60s);
  CHECK(scenario->noise.false_crash_rate == 0.01);
  CHECK(scenario->noise.other_crash_rate == 0.02);
  CHECK(scenario->noise.board_fault_rate == 0.03);
  REQUIRE(scenario->untestable.no_build.size() == 1);
  CHECK(scenario->untestable.no_build[0].last.id == "600");
  CHECK(scenario->untestable.no_boot[0].first.id == "700");
  CHECK(scenario->untestable.no_boot[0].last.id == "700");
  CHECK(scenario->untestable.region_fraction == 0.1);
  CHECK(scenario->untestable.region_mean_length == 30);
  CHECK(scenario->same_binary[0].first.id == "502");
  CHECK(scenario->suspects.count == 40);
  CHECK(scenario->suspects.holds_culprit == 0.7);
  CHECK(scenario->costs.incremental_build == 120500ms);
  CHECK(scenario->resources.boards == 4);
  CHECK_FALSE(scenario->resources.build_ahead);
  CHECK(scenario->policy.classic);
  CHECK(scenario->policy.need == 2);
  CHECK(scenario->policy.sequential);
  CHECK(scenario->trials == 12);
  CHECK(scenario->seed == 99);
}

TEST_CASE("without an own figure an incremental build takes as long as any") {
  const auto scenario = parse("history: {chain: 9}\nbug: {}\ncosts: {build_s: 900}\n");
  REQUIRE_MESSAGE(scenario.ok(), scenario.error().what);
  CHECK(scenario->costs.incremental_build == 900s);
}

TEST_CASE("mistakes in a scenario are named with their place, all at once") {
  CHECK(error_of("history: {chain: 100}\nbug: {introduced: random, rat: 0.5}\npolicy: {planer: bayes}\n") ==
        "/sim/s.yaml:2:27: unknown key 'rat' in bug (did you mean 'rate'?)\n"
        "/sim/s.yaml:3:10: unknown key 'planer' in policy (did you mean 'planner'?)");
  CHECK(error_of("history: {chain: 100, commits: []}\nbug: {rate: 1.5}\n") ==
        "/sim/s.yaml:1:32: history.commits: expected a list such as [{id: a}, {id: b, parents: [a]}]\n"
        "/sim/s.yaml:1:10: history: expected exactly one of chain, git and commits\n"
        "/sim/s.yaml:2:13: bug.rate: expected a number from 0 to 1, not '1.5'");
  CHECK(error_of("history: {chain: 100}\nbug: {}\npolicy: {planner: bayse}\n") ==
        "/sim/s.yaml:3:19: policy.planner: expected bayes or classic, not 'bayse' (did you mean 'bayes'?)");
  CHECK(error_of("history: {commits: [{id: a}, {id: a}]}\nbug: {}\n") ==
        "/sim/s.yaml:1:30: history.commits[1]: the commit 'a' comes twice");
  CHECK(error_of("history: {chain: 9}\nbug: {}\nuntestable: {no_build: [[\"1\"]]}\n") ==
        "/sim/s.yaml:3:25: untestable.no_build[0]: expected a commit, or the first and the last of some: [a, "
        "b]");
  CHECK(error_of("history: {chain: 9}\nbug: {}\npolicy: {runs: 3, need: 4}\n") ==
        "/sim/s.yaml:3:25: policy.need: 4 crashes in 3 runs can never be");
}

}  // namespace
}  // namespace rigbisect
