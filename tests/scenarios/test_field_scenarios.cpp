#include <algorithm>

#include <doctest/doctest.h>

#include "bisect/planner_classic.h"
#include "shared_history.h"
#include "simulated_lab.h"

// The end-to-end scenarios of the field's own bisection tests, in our terms: the same history, the same
// outcomes. Left out are those about config minimisation, several trees and fuzzer failures.
namespace rigbisect {
namespace {

struct Span {
  int first = 0;
  int last = 0;

  bool has(const CommitId& commit) const {
    const int number = std::stoi(commit);
    return last != 0 && first <= number && number <= last;
  }
};

struct Scenario {
  const char* name;
  bool fix = false;
  const char* start = "905";
  const char* reported = "";    // on a branch that is never merged; start is the merge base
  const char* introduced = "";  // "": in every commit
  const char* fixed = "";
  unsigned rate = 100;   // percent
  Span broken = {};      // does not boot
  Span unbuilt = {};     // does not build
  Span same = {};        // one binary
  const char* expected;  // "culprit 602", "inconclusive 15", "not reproduced", "oldest 400", ...
  bool no_op = false;
  const char* release = "";
  std::size_t bayes_left = 0;  // candidates that planner bayes may have left instead
};

const Scenario kScenarios[] = {
    {.name = "cause-finds-cause", .introduced = "602", .expected = "culprit 602"},
    {.name = "cause-finds-cause-flaky", .introduced = "605", .rate = 50, .expected = "culprit 605"},
    {.name = "cause-does-not-repro", .start = "400", .introduced = "602", .expected = "not reproduced"},
    {.name = "cause-nothing-older", .start = "400", .expected = "gave up"},
    {.name = "cause-crashes-oldest", .expected = "oldest 400"},
    {.name = "cause-inconclusive",
     .start = "802",
     .introduced = "605",
     .broken = {500, 700},
     .expected = "inconclusive 15"},
    {.name = "cause-inconclusive-unbuilt",
     .start = "802",
     .introduced = "605",
     .unbuilt = {500, 700},
     .expected = "inconclusive 15"},
    {.name = "all-releases-broken",
     .start = "802",
     .introduced = "605",
     .broken = {100, 800},
     .expected = "gave up"},
    {.name = "fix-finds-fix",
     .fix = true,
     .start = "400",
     .fixed = "500",
     .expected = "culprit 500",
     .release = "v5.0"},
    {.name = "fix-after-bug",
     .fix = true,
     .start = "802",
     .introduced = "704",
     .fixed = "803",
     .expected = "culprit 803"},
    {.name = "fix-does-not-repro", .fix = true, .start = "905", .fixed = "900", .expected = "not reproduced"},
    {.name = "fix-HEAD-broken",
     .fix = true,
     .start = "400",
     .fixed = "900",
     .broken = {500, 1000},
     .expected = "still broken 905"},
    {.name = "fix-HEAD-crashes", .fix = true, .start = "400", .expected = "still broken 905"},
    {.name = "fix-inconclusive",
     .fix = true,
     .start = "500",
     .fixed = "601",
     .broken = {600, 700},
     .expected = "inconclusive 9",
     .bayes_left = 8},
    {.name = "cause-same-binary",
     .introduced = "503",
     .same = {502, 503},
     .expected = "culprit 503",
     .no_op = true},
    {.name = "cause-same-binary-off-by-one",
     .introduced = "503",
     .same = {400, 502},
     .expected = "culprit 503"},
    {.name = "cause-same-binary-off-by-one-2",
     .introduced = "503",
     .same = {503, 905},
     .expected = "culprit 503"},
    {.name = "fix-same-binary",
     .fix = true,
     .start = "400",
     .fixed = "503",
     .same = {502, 504},
     .expected = "culprit 503",
     .no_op = true},
    {.name = "cause-same-binary-release1",
     .introduced = "500",
     .same = {405, 500},
     .expected = "culprit 500",
     .no_op = true,
     .release = "v5.0"},
    {.name = "cause-same-binary-release2",
     .introduced = "501",
     .same = {500, 501},
     .expected = "culprit 501",
     .no_op = true},
    {.name = "cause-same-binary-release3",
     .introduced = "405",
     .same = {404, 405},
     .expected = "culprit 405",
     .no_op = true},
    {.name = "fix-same-binary-last",
     .fix = true,
     .start = "400",
     .fixed = "905",
     .same = {904, 905},
     .expected = "culprit 905",
     .no_op = true},
    {.name = "fix-release",
     .fix = true,
     .start = "400",
     .fixed = "900",
     .expected = "culprit 900",
     .release = "v9.0"},
    {.name = "cause-not-in-previous-release-issue-1527",
     .introduced = "650",
     .same = {500, 650},
     .expected = "culprit 650",
     .no_op = true},
    {.name = "fix-cross-tree",
     .fix = true,
     .start = "800",
     .reported = "851",
     .fixed = "903",
     .expected = "culprit 903"},
    {.name = "no-fix-cross-tree",
     .fix = true,
     .start = "800",
     .reported = "851",
     .introduced = "851",
     .expected = "not reproduced"},
    {.name = "fix-cross-tree-broken-start",
     .fix = true,
     .start = "800",
     .reported = "851",
     .fixed = "903",
     .broken = {800, 800},
     .expected = "not reproduced"},
    {.name = "cause-finds-other-branch-commit",
     .start = "852",
     .introduced = "602",
     .expected = "culprit 602"},
};

class World {
 public:
  explicit World(const Scenario& scenario)
      : scenario_(scenario),
        all_(shared_history(true)),
        graph_(shared_history(std::string(scenario.start) == "852")) {}

  bool has_bug(const CommitId& commit) const {
    return (std::string(scenario_.introduced).empty() || contains(commit, scenario_.introduced)) &&
           (std::string(scenario_.fixed).empty() || !contains(commit, scenario_.fixed));
  }

  SimulatedLab lab(int boards, std::uint64_t seed) const {
    return {.build = [this](const CommitId& commit) -> BuildOutcome {
              if (scenario_.unbuilt.has(commit)) return BuildFailed{"a.c:1:1: error: no"};
              return Built{scenario_.same.has(commit) ? "same" : commit, false};
            },
            .run = [this](const CommitId& commit, Dice& dice) -> RunOutcome {
              if (scenario_.broken.has(commit)) return BootFailed{"kernel", "silence"};
              if (has_bug(commit) && dice.chance(scenario_.rate)) return crash_with(the_bug());
              return Survived{std::chrono::seconds(60)};
            },
            .boards = boards,
            .build_slots = 1 + boards / 2,
            .seed = seed};
  }

  Goal goal() const {
    Goal goal;
    goal.fix = scenario_.fix;
    goal.bad = scenario_.start;
    if (scenario_.reported[0] != 0) goal.reported = scenario_.reported;
    goal.runs = 10;
    goal.releases = {"v9.0", "v8.0", "v7.0", "v6.0", "v5.0", "v4.0"};
    goal.run_time = std::chrono::seconds(60);
    return goal;
  }

  const CommitGraph& graph() const { return graph_; }

 private:
  bool contains(const CommitId& commit, const CommitId& other) const {
    return all_.is_ancestor(*all_.find(other), *all_.find(commit));
  }

  const Scenario& scenario_;
  CommitGraph all_;
  CommitGraph graph_;
};

struct Name {
  std::string operator()(const story::Culprit& end) const { return "culprit " + end.commit; }
  std::string operator()(const story::Inconclusive& end) const {
    return "inconclusive " + std::to_string(end.candidates.size());
  }
  std::string operator()(const story::NotReproduced&) const { return "not reproduced"; }
  std::string operator()(const story::OldestBad& end) const { return "oldest " + end.oldest; }
  std::string operator()(const story::StillBroken& end) const { return "still broken " + end.newest; }
  std::string operator()(const story::GaveUp&) const { return "gave up"; }
  template <typename Other>
  std::string operator()(const Other&) const {
    return "no result";
  }
};

void play(const Scenario& scenario, PlannerKind planner, int boards, std::uint64_t seed) {
  const std::string name = scenario.name;
  CAPTURE(name);
  CAPTURE(boards);
  CAPTURE(seed);
  const bool bayes = planner == PlannerKind::bayes;
  CAPTURE(bayes);
  const World world(scenario);
  Goal goal = world.goal();
  goal.planner = planner;
  auto bisection = Bisection::make(std::make_shared<const CommitGraph>(world.graph()), std::move(goal),
                                   std::make_unique<ClassicPlanner>());
  REQUIRE_MESSAGE(bisection.ok(), (bisection.ok() ? "" : bisection.error().what));
  carry_out(*bisection, world.lab(boards, seed));
  const story::Item& end = bisection->story().back();
  // Planner bayes may try a branch that tells more of them apart.
  const auto* left = std::get_if<story::Inconclusive>(&end);
  if (bayes && left != nullptr && left->candidates.size() == scenario.bayes_left) return;
  CHECK(std::visit(Name{}, end) == scenario.expected);
  const auto* culprit = std::get_if<story::Culprit>(&end);
  if (culprit == nullptr) return;
  CHECK(culprit->no_op == scenario.no_op);
  CHECK(culprit->release == scenario.release);
  CHECK(culprit->crash.has_value());
  CHECK(culprit->confidence > (bayes ? 0.97 : scenario.rate == 100 ? 0.99 : 0.5));
}

TEST_CASE("the scenarios of the field end as they should on one board") {
  for (const PlannerKind planner : {PlannerKind::classic, PlannerKind::bayes}) {
    for (const Scenario& scenario : kScenarios) play(scenario, planner, 1, 1);
  }
}

TEST_CASE("the scenarios of the field end the same on three boards, in any order of events") {
  for (const PlannerKind planner : {PlannerKind::classic, PlannerKind::bayes}) {
    for (const Scenario& scenario : kScenarios) {
      for (std::uint64_t seed = 1; seed <= 3; ++seed) play(scenario, planner, 3, seed);
    }
  }
}

}  // namespace
}  // namespace rigbisect
