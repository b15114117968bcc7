#include <algorithm>

#include <doctest/doctest.h>

#include "run/simulated_crew.h"
#include "run/simulation.h"
#include "tests/fakes/fake_clock.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

Scenario scenario(const std::string& yaml) {
  auto parsed = parse_scenario(yaml, "/sim/s.yaml");
  REQUIRE_MESSAGE(parsed.ok(), (parsed.ok() ? "" : parsed.error().what));
  return std::move(*parsed);
}

std::vector<Trial> play(const std::string& yaml) {
  const FakeClock clock;
  auto trials = simulate(scenario(yaml), clock, {});
  REQUIRE_MESSAGE(trials.ok(), (trials.ok() ? "" : trials.error().what));
  return std::move(*trials);
}

// A scenario's world with its crew.
struct Stage {
  explicit Stage(const std::string& yaml, std::uint64_t seed = 1)
      : plot(scenario(yaml)),
        history(std::move(*make_history(plot, {}))),
        world(plot, history, seed),
        crew(world, history, plot.costs, plot.resources) {}

  Scenario plot;
  SimulatedHistory history;
  SimulatedWorld world;
  SimulatedCrew crew;

  Event next() {
    auto event = crew.wait({});
    REQUIRE(event.ok());
    REQUIRE(event->has_value());
    return **event;
  }
};

RunTask run_of(const CommitId& commit, const std::string& board, Duration time = 300s) {
  return {commit, board, time, simulated_symptom()};
}

TEST_CASE("tasks of a simulated crew end in the order of their times, and time passes with them") {
  Stage stage("history: {chain: 10}\nbug: {introduced: \"5\"}\nresources: {boards: 2}\n");
  stage.crew.start(BuildTask{"3"});
  stage.crew.start(run_of("2", "board-1"));
  CHECK(stage.crew.capacity().idle_boards == std::vector<std::string>{"board-2"});
  CHECK(stage.crew.capacity().idle_build_slots == 0);
  const Event first = stage.next();
  CHECK(std::holds_alternative<BuildEnded>(first));
  CHECK(stage.crew.now() == 320s);
  const auto second = std::get<RunEnded>(stage.next());
  CHECK(std::holds_alternative<Survived>(second.outcome));
  CHECK(second.elapsed == 360s);
  CHECK(stage.crew.now() == 360s);
  CHECK(stage.crew.capacity().in_flight.empty());
  CHECK_FALSE(stage.crew.wait({}).ok());
}

TEST_CASE("a cancelled task gives no event and frees its board and its slot at once") {
  Stage stage("history: {chain: 10}\nbug: {introduced: \"5\"}\n");
  stage.crew.start(BuildTask{"3"});
  stage.crew.start(run_of("2", "board-1"));
  stage.crew.cancel(BuildTask{"3"});
  stage.crew.cancel(run_of("2", "board-1"));
  CHECK(stage.crew.capacity().idle_boards.size() == 1);
  CHECK(stage.crew.capacity().idle_build_slots == 1);
  CHECK_FALSE(stage.crew.wait({}).ok());
}

TEST_CASE("a bad kernel crashes as often as the rate says, within the time that the run was given") {
  Stage stage("history: {chain: 10}\nbug: {introduced: \"5\", rate: 0.4, time_to_crash_s: 50}\n");
  int crashed = 0;
  int early = 0;
  Duration sum{};
  for (int i = 0; i < 4000; ++i) {
    const auto ran = stage.world.run("7", 300s);
    if (const auto* crash = std::get_if<Crashed>(&ran.outcome)) {
      ++crashed;
      CHECK(crash->after < 300s);
      CHECK(classify(crash->reports.front(), simulated_symptom()) == CrashClass::same);
      sum += crash->after;
      early += crash->after < 50s ? 1 : 0;
    }
  }
  CHECK(crashed == doctest::Approx(1600).epsilon(0.05));
  CHECK(early == doctest::Approx(0.634 * crashed).epsilon(0.05));
  CHECK(std::chrono::duration<double>(sum).count() / crashed == doctest::Approx(49.3).epsilon(0.05));
  for (int i = 0; i < 200; ++i) {
    const auto ran = stage.world.run("7", 10s);
    CHECK(ran.took <= 10s);
    CHECK(std::holds_alternative<Survived>(stage.world.run("4", 300s).outcome));
  }
}

TEST_CASE("the n-th run of a commit is the same whatever was run before it") {
  const std::string yaml = "history: {chain: 10}\nbug: {introduced: \"5\", rate: 0.5}\n";
  Stage one(yaml);
  Stage other(yaml);
  for (int i = 0; i < 30; ++i) (void)other.world.run("9", 300s);
  for (int i = 0; i < 30; ++i) CHECK(one.world.run("7", 300s).outcome == other.world.run("7", 300s).outcome);
  Stage elsewhere(yaml, 2);
  int different = 0;
  for (int i = 0; i < 30; ++i)
    different += one.world.run("6", 300s).outcome != elsewhere.world.run("6", 300s).outcome ? 1 : 0;
  CHECK(different > 5);
}

TEST_CASE("noise comes as often as it is asked for") {
  Stage stage(
      "history: {chain: 10}\nbug: {introduced: \"5\"}\n"
      "noise: {false_crash_rate: 0.1, other_crash_rate: 0.2, board_fault_rate: 0.3}\n");
  int faults = 0;
  int same = 0;
  int other = 0;
  for (int i = 0; i < 4000; ++i) {
    const auto ran = stage.world.run("2", 300s);
    faults += std::holds_alternative<BenchFault>(ran.outcome) ? 1 : 0;
    const auto* crash = std::get_if<Crashed>(&ran.outcome);
    if (crash == nullptr) continue;
    const bool bug = classify(crash->reports.front(), simulated_symptom()) == CrashClass::same;
    (bug ? same : other) += 1;
  }
  CHECK(faults == doctest::Approx(1200).epsilon(0.07));
  CHECK(same == doctest::Approx(0.7 * 4000 * (0.1 - 0.1 * 0.2 / 2)).epsilon(0.15));
  CHECK(other == doctest::Approx(0.7 * 4000 * (0.2 - 0.1 * 0.2 / 2)).epsilon(0.15));
}

TEST_CASE("a board that fails four times in a row is set aside, and without boards the result is the rig") {
  const auto trials = play(
      "history: {chain: 10}\nbug: {introduced: \"5\"}\nnoise: {board_fault_rate: 1}\ntrials: 1\n"
      "policy: {planner: classic}\n");
  CHECK(trials.front().kind == "infra");
  CHECK(trials.front().end == TrialEnd::error);
  CHECK(trials.front().runs == 4);
}

TEST_CASE("a build after one that is near is incremental, others are from scratch") {
  Stage stage(
      "history: {chain: 5000}\nbug: {introduced: \"5\"}\n"
      "costs: {build_s: 900, incremental_build_s: 100}\n");
  const auto build = [&](const char* commit) {
    stage.crew.start(BuildTask{commit});
    return std::get<BuildEnded>(stage.next()).elapsed;
  };
  CHECK(build("5000") == 900s);
  CHECK(build("4000") == 100s);
  CHECK(build("2000") == 900s);
  CHECK(build("2001") == 100s);
}

TEST_CASE("random regions break the wanted share of commits, each along the graph, and spare the ends") {
  Stage stage(
      "history: {chain: 2000}\nbug: {introduced: \"5\"}\n"
      "untestable: {random_regions: {fraction: 0.2, mean_length: 20}}\n");
  int broken = 0;
  int edges = 0;
  bool before = false;
  for (int i = 1; i <= 2000; ++i) {
    const std::string id = std::to_string(i);
    const bool unbuilt = std::holds_alternative<BuildFailed>(stage.world.build(id));
    const bool silent = std::holds_alternative<BootFailed>(stage.world.run(id, 1s).outcome);
    broken += unbuilt || silent ? 1 : 0;
    edges += (unbuilt || silent) != before ? 1 : 0;
    before = unbuilt || silent;
  }
  CHECK(broken == doctest::Approx(400).epsilon(0.15));
  CHECK(edges < 80);
  CHECK(std::holds_alternative<Built>(stage.world.build("1")));
  CHECK(std::holds_alternative<Built>(stage.world.build("2000")));
}

TEST_CASE("suspects hold the culprit as often as they are said to") {
  int held = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    Stage stage(
        "history: {chain: 500}\nbug: {introduced: random}\nsuspects: {count: 20, holds_culprit: 0.7}\n",
        seed);
    const auto& suspects = stage.world.suspects();
    REQUIRE(suspects.size() == 20);
    REQUIRE(stage.world.culprit().has_value());
    held += std::binary_search(suspects.begin(), suspects.end(), *stage.world.culprit()) ? 1 : 0;
  }
  CHECK(held == doctest::Approx(700).epsilon(0.06));
}

TEST_CASE("a commit that a scenario names and its history lacks is an error with its place") {
  const auto error = [](const std::string& yaml) {
    const FakeClock clock;
    const auto trials = simulate(scenario(yaml), clock, {});
    return trials ? "no error" : trials.error().what;
  };
  CHECK(error("history: {chain: 10}\nbug: {introduced: \"11\"}\n") ==
        "/sim/s.yaml:2:19: the commit '11' is not in this history");
  CHECK(error("history: {chain: 10}\nbug: {}\nstart: x\n") ==
        "/sim/s.yaml:3:8: the commit 'x' is not in this history");
}

// The published figures of a rule that makes ten runs of every commit and takes one crash for an answer, on a
// line of 15,200 commits: hours of the search and share of right answers.
TEST_CASE("classic costs and errs as the fixed rule is known to") {
  struct Row {
    const char* rate;
    double hours;
    double correct;
  };
  const Row rows[] = {{"0.29", 14.1, 0.79}, {"0.95", 12.5, 1}};
  for (const Row& row : rows) {
    CAPTURE(row.rate);
    const auto trials =
        play(std::string("history: {chain: 15200}\nbug: {introduced: random, rate: ") + row.rate +
             "}\nresources: {build_ahead: false}\n"
             "policy: {planner: classic, runs: 10, need: 1}\ntrials: 150\n");
    double hours = 0;
    double correct = 0;
    for (const Trial& trial : trials) {
      hours += std::chrono::duration<double, std::ratio<3600>>(trial.time_by_phase.at(Phase::search)).count();
      correct += trial.end == TrialEnd::correct ? 1 : 0;
    }
    CHECK(hours / 150 == doctest::Approx(row.hours).epsilon(0.03));
    CHECK(correct / 150 == doctest::Approx(row.correct).epsilon(0.08));
  }
}

TEST_CASE("reproducing makes all the runs that were asked for, and goes on until one crashes") {
  const auto runs = [](const char* rate) {
    return play(std::string("history: {chain: 4}\nbug: {introduced: random, rate: ") + rate +
                "}\npolicy: {planner: classic, reproduce_runs: 5, runs: 1}\ntrials: 1\n")
        .front();
  };
  const Trial never = runs("0");
  CHECK(never.kind == "not_reproduced");
  CHECK(never.runs == 50);
  CHECK(never.time_by_phase.at(Phase::reproduce) == 320s + 50 * 360s);
  CHECK(runs("1").runs == 5 + 2);
}

TEST_CASE("the same seed gives the same trials") {
  const std::string yaml =
      "history: {chain: 300}\nbug: {introduced: random, rate: 0.5}\nresources: {boards: 3}\n"
      "policy: {planner: classic}\ntrials: 5\nseed: 7\n";
  const auto one = play(yaml);
  const auto other = play(yaml);
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].time == other[i].time);
    CHECK(one[i].picks == other[i].picks);
    CHECK(one[i].commits == other[i].commits);
  }
  CHECK(one[0].picks != one[1].picks);
}

}  // namespace
}  // namespace rigbisect
