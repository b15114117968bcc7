#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "base/duration.h"
#include "bisect/bisection.h"
#include "bisect/git_marks.h"
#include "bisect/planner_classic.h"
#include "bisect/weighed_search.h"
#include "random_history.h"
#include "simulated_lab.h"

namespace rigbisect {
namespace {

constexpr Duration kRun = std::chrono::seconds(60);

// "0" (oldest) to "COUNT-1" in a line.
std::vector<Commit> line(int count) {
  std::vector<Commit> commits;
  for (int i = 0; i < count; ++i) {
    Commit commit{.id = std::to_string(i), .parents = {}, .subject = "c", .time = i, .tags = {}};
    if (i > 0) commit.parents = {std::to_string(i - 1)};
    commits.push_back(std::move(commit));
  }
  return commits;
}

Bisection bisection(std::vector<Commit> commits, const CommitId& bad, const CommitId& good,
                    bool fix = false) {
  Goal goal;
  goal.fix = fix;
  goal.bad = bad;
  goal.good = good;
  goal.symptom = the_symptom();
  goal.run_time = kRun;
  goal.planner = PlannerKind::bayes;
  auto made =
      Bisection::make(std::make_shared<const CommitGraph>(std::move(*CommitGraph::make(std::move(commits)))),
                      std::move(goal), std::make_unique<ClassicPlanner>());
  REQUIRE(made.ok());
  return std::move(*made);
}

// Kernels from `first` to before `end` have the bug, which shows in `percent` of the runs.
SimulatedLab lab(int first, int end, unsigned percent) {
  return {.build = [](const CommitId& commit) -> BuildOutcome {
            return Built{commit, false};
          },
          .run = [=](const CommitId& commit, Dice& dice) -> RunOutcome {
            const int number = std::stoi(commit);
            if (number >= first && number < end && dice.chance(percent)) return crash_with(the_bug());
            return Survived{kRun};
          }};
}

const story::Culprit& culprit_of(const Bisection& bisection) {
  const auto* culprit = std::get_if<story::Culprit>(&bisection.story().back());
  REQUIRE(culprit != nullptr);
  return *culprit;
}

TEST_CASE("a run that ends the search if it stays clean is no longer than that takes") {
  const CommitGraph graph = std::move(*CommitGraph::make(line(3)));
  const auto at = [&](const char* id) { return *graph.find(id); };
  const Duration full = std::chrono::seconds(300);
  WeighedSearch search({graph, at("2"), {at("0")}, {}}, false, {}, {}, full);
  for (const bool crashed : {true, false, false, true, false}) search.record(at("2"), {crashed, full, 1});
  const auto wait = [](CommitGraph::Index) { return std::optional(Duration{}); };
  const Outlook outlook{{std::chrono::seconds(320), std::chrono::seconds(60)}, wait, {}, 0.03};
  std::optional<Visit> visit;
  for (int runs = 0; runs < 100; ++runs) {
    visit = search.choose(outlook);
    REQUIRE(visit);
    if (visit->time != full) break;
    search.record(visit->commit, {visit->commit == at("2"), full, 1});
  }
  REQUIRE(visit->time < full);
  CHECK(visit->commit == at("1"));
  CHECK(visit->runs == 1);
  const auto certainty = [&](Duration time) {
    WeighedSearch after = search;
    after.record(visit->commit, {false, time, 1});
    return after.probability(at("2"));
  };
  CHECK(certainty(visit->time) >= 0.97);
  CHECK(certainty(visit->time - full / 20) < 0.97);
}

struct Forecast {
  double said = 0;  // seconds
  double real = 0;
};

// A search of commit "700" of 1,000 for a bug that shows in `percent` of the runs, with half a minute to boot
// and five minutes to build.
Forecast forecast_of(unsigned percent, std::uint64_t seed) {
  const CommitGraph graph = std::move(*CommitGraph::make(line(1000)));
  const auto culprit = *graph.find("700");
  const Costs costs{std::chrono::seconds(300), std::chrono::seconds(30)};
  WeighedSearch search({graph, *graph.find("999"), {*graph.find("0")}, {}}, false, {}, {}, kRun);
  Dice dice(seed);
  const auto run = [&](CommitGraph::Index commit, Duration time) {
    const bool crashed = graph.is_ancestor(culprit, commit) && dice.chance(percent);
    search.record(commit, {crashed, time, 1});
  };
  for (int i = 0; i < 20; ++i) run(*graph.find("999"), kRun);
  std::set<CommitGraph::Index> built;
  const Outlook outlook{
      costs, [&](auto commit) { return built.contains(commit) ? Duration{} : costs.build; }, {}, 0.03};
  const auto said = search.time_left(costs, costs.build, 0.97);
  REQUIRE(said);
  Forecast forecast{.said = to_seconds(*said)};
  while (search.probability(search.best()) < 0.97) {
    const auto visit = search.choose(outlook);
    REQUIRE(visit);
    if (built.insert(visit->commit).second) forecast.real += to_seconds(costs.build);
    forecast.real += to_seconds(costs.boot + visit->time);
    run(visit->commit, visit->time);
  }
  return forecast;
}

TEST_CASE("a search takes about as long as is said when it begins, on average") {
  for (const unsigned percent : {90U, 50U, 30U}) {
    Forecast sum;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      const Forecast one = forecast_of(percent, seed);
      sum.said += one.said;
      sum.real += one.real;
    }
    INFO(percent << " %: said " << sum.said << " s, took " << sum.real << " s");
    CHECK(sum.said > 0.67 * sum.real);
    CHECK(sum.said < 1.5 * sum.real);
  }
}

TEST_CASE("planner bayes finds a bug that shows in a third of the runs") {
  Bisection search = bisection(line(400), "399", "0");
  carry_out(search, lab(123, 400, 33));
  CHECK(culprit_of(search).commit == "123");
  CHECK(culprit_of(search).confidence >= 0.97);
}

TEST_CASE("planner bayes finds the commit that fixed a bug") {
  Bisection search = bisection(line(400), "0", "399", true);
  carry_out(search, lab(0, 250, 60));
  CHECK(culprit_of(search).commit == "250");
}

TEST_CASE("several boards and build slots work on one search") {
  for (const std::uint64_t seed : {1U, 2U}) {
    Bisection search = bisection(line(300), "299", "0");
    SimulatedLab many = lab(177, 300, 50);
    many.boards = 4;
    many.build_slots = 2;
    many.seed = seed;
    carry_out(search, many);
    CHECK(culprit_of(search).commit == "177");
  }
}

TEST_CASE("commits that do not build are passed over; a culprit among them is told as the set that remains") {
  SimulatedLab broken = lab(123, 400, 90);
  broken.build = [](const CommitId& commit) -> BuildOutcome {
    const int number = std::stoi(commit);
    if (number >= 118 && number < 126) return BuildFailed{"a.c:1: error"};
    return Built{commit, false};
  };
  Bisection search = bisection(line(400), "399", "0");
  carry_out(search, broken);
  const auto* result = std::get_if<story::Inconclusive>(&search.story().back());
  REQUIRE_MESSAGE(result != nullptr, culprit_of(search).commit);
  std::set<CommitId> left(result->candidates.begin(), result->candidates.end());
  CHECK(left == std::set<CommitId>{"118", "119", "120", "121", "122", "123", "124", "125", "126"});
  CHECK(result->probabilities.size() == left.size());
}

TEST_CASE("the same events give the same plans") {
  Bisection first = bisection(line(200), "199", "0");
  const SimulatedCampaign campaign = carry_out(first, lab(55, 200, 40));
  Bisection second = bisection(line(200), "199", "0");
  Bisection third = bisection(line(200), "199", "0");
  const Capacity idle{{"board-0"}, 1, {}};
  for (const Event& event : campaign.events) {
    CHECK(second.plan(idle) == third.plan(idle));
    second.record(event);
    third.record(event);
  }
  CHECK(culprit_of(second).commit == culprit_of(first).commit);
}

TEST_CASE("git, told the marks, has the culprit and no other commit left, whatever was thought on the way") {
  for (const bool fix : {false, true}) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      Bisection search = fix ? bisection(line(60), "0", "59", true) : bisection(line(60), "59", "0");
      SimulatedLab rare = lab(fix ? 0 : 30, fix ? 30 : 60, 30);
      rare.seed = seed;
      rare.boards = 2;
      carry_out(search, rare);
      CAPTURE(fix);
      CAPTURE(seed);
      const CommitId& culprit = culprit_of(search).commit;
      const GitMarks told = git_marks(search.story());
      CHECK(told.bad == culprit);
      CHECK(told.good.contains(std::to_string(std::stoi(culprit) - 1)));
      CHECK(std::none_of(told.good.begin(), told.good.end(),
                         [&](const auto& good) { return std::stoi(good) >= std::stoi(culprit); }));
    }
  }
}

Goal walking(bool fix = false) {
  Goal goal;
  goal.fix = fix;
  goal.bad = fix ? "0" : "399";
  goal.symptom = the_symptom();
  goal.run_time = kRun;
  goal.planner = PlannerKind::bayes;
  goal.releases = {"v3.0", "v2.0", "v1.0", "v0.0"};
  return goal;
}

Bisection walk(Goal goal) {
  auto commits = line(400);
  for (std::size_t i = 0; i < 4; ++i) commits[100 * i].tags = {"v" + std::to_string(i) + ".0"};
  auto made =
      Bisection::make(std::make_shared<const CommitGraph>(std::move(*CommitGraph::make(std::move(commits)))),
                      std::move(goal), std::make_unique<ClassicPlanner>());
  REQUIRE(made.ok());
  return std::move(*made);
}

TEST_CASE("a release that stays clean is doubted as long as its runs leave room for it") {
  int right = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Bisection search = walk(walking());
    SimulatedLab rare = lab(123, 400, 15);
    rare.seed = seed;
    carry_out(search, rare);
    right += culprit_of(search).commit == "123" ? 1 : 0;
    CHECK(culprit_of(search).confidence >= 0.97);
  }
  CHECK(right >= 7);
}

TEST_CASE("a release is found to have the bug after all when the search has begun") {
  // v3.0 shows the bug only from its eighth run on, v2.0 from its fifth.
  std::map<int, int> runs;
  SimulatedLab late = lab(123, 400, 40);
  late.run = [&runs](const CommitId& commit, Dice& dice) -> RunOutcome {
    const int number = std::stoi(commit);
    const bool shy = (number == 300 && ++runs[number] < 8) || (number == 200 && ++runs[number] < 5);
    if (number >= 123 && !shy && dice.chance(40)) return crash_with(the_bug());
    return Survived{kRun};
  };
  Bisection search = walk(walking());
  carry_out(search, late);
  CHECK(culprit_of(search).commit == "123");
}

TEST_CASE("a bug in every release is told as older than the oldest") {
  Bisection search = walk(walking());
  carry_out(search, lab(0, 400, 50));
  const auto* end = std::get_if<story::OldestBad>(&search.story().back());
  REQUIRE(end != nullptr);
  CHECK(end->oldest == "0");
}

TEST_CASE("a good commit that was given and has the bug is an answer") {
  Bisection search = bisection(line(100), "99", "40");
  carry_out(search, lab(20, 100, 80));
  const auto* end = std::get_if<story::GaveUp>(&search.story().back());
  REQUIRE(end != nullptr);
  CHECK(end->why.find("the commit given as good, 40, has the bug") == 0);
}

TEST_CASE("when the budget ends, the result is what is known by then") {
  Goal goal = walking();
  goal.good = "0";
  SUBCASE("of runs") {
    goal.budget_runs = 14;
  }
  SUBCASE("of time") {
    goal.budget_time = std::chrono::minutes(14);
  }
  Bisection search = walk(goal);
  const SimulatedCampaign campaign = carry_out(search, lab(123, 400, 30));
  CHECK(campaign.runs == 14);
  const auto* end = std::get_if<story::Inconclusive>(&search.story().back());
  REQUIRE(end != nullptr);
  CHECK(end->why.find("the budget of ") == 0);
  CHECK(end->candidates.size() > 1);
  CHECK(end->candidates.size() == end->probabilities.size());
}

}  // namespace
}  // namespace rigbisect
