#include <algorithm>
#include <map>

#include <doctest/doctest.h>

#include "bisect/bisection.h"
#include "bisect/planner_classic.h"
#include "simulated_lab.h"

namespace rigbisect {
namespace {

// "0" (oldest) to "COUNT-1" in a line; parents of "0" are outside if `outside`.
std::vector<Commit> line(int count, const std::vector<CommitId>& outside = {}) {
  std::vector<Commit> commits;
  for (int i = 0; i < count; ++i) {
    Commit commit{.id = std::to_string(i), .parents = outside, .subject = "c", .time = i, .tags = {}};
    if (i > 0) commit.parents = {std::to_string(i - 1)};
    commits.push_back(std::move(commit));
  }
  return commits;
}

Goal goal(const CommitId& bad, const CommitId& good) {
  Goal goal;
  goal.bad = bad;
  goal.good = good;
  goal.symptom = the_symptom();
  goal.run_time = std::chrono::seconds(60);
  goal.reproduce_runs = 1;
  return goal;
}

Bisection bisection(std::vector<Commit> commits, Goal goal) {
  auto graph = CommitGraph::make(std::move(commits));
  REQUIRE(graph.ok());
  auto made = Bisection::make(std::make_shared<const CommitGraph>(std::move(*graph)), std::move(goal),
                              std::make_unique<ClassicPlanner>());
  REQUIRE_MESSAGE(made.ok(), (made.ok() ? "" : made.error().what));
  return std::move(*made);
}

BuildEnded built(const CommitId& commit) {
  return {commit, Built{commit, false}, "gcc", std::chrono::seconds(1)};
}

RunEnded ran(const CommitId& commit, RunOutcome outcome) {
  return {commit, "b", std::move(outcome), std::chrono::seconds(1), ""};
}

const RunOutcome kCrash = crash_with(the_bug());
const RunOutcome kClean = Survived{std::chrono::seconds(60)};

// Every commit builds; a run crashes if `crashes` says so for the commit's number.
SimulatedLab lab(std::function<bool(int, Dice&)> crashes) {
  return {.build =
              [](const CommitId& commit) {
                return Built{commit, false};
              },
          .run = [crashes](const CommitId& commit,
                           Dice& dice) { return crashes(std::stoi(commit), dice) ? kCrash : kClean; }};
}

template <typename T>
std::vector<T> items(const Bisection& bisection) {
  std::vector<T> found;
  for (const story::Item& item : bisection.story()) {
    if (const T* one = std::get_if<T>(&item)) found.push_back(*one);
  }
  return found;
}

Capacity idle(int boards, int slots, std::vector<Task> in_flight = {}) {
  Capacity capacity{{}, slots, std::move(in_flight)};
  for (int i = 0; i < boards; ++i) capacity.idle_boards.push_back("b" + std::to_string(i));
  return capacity;
}

TEST_CASE("a crash before the reproducer began is only learnt as the bug if there is no other") {
  Goal any = goal("4", "0");
  any.symptom.reset();
  any.reproduce_runs = 2;
  Crashed in_boot = crash_with(another_bug());
  in_boot.during_boot = true;
  const auto learnt = [&](const RunOutcome& first, const RunOutcome& second) {
    Bisection search = bisection(line(5), any);
    search.record(built("4"));
    search.record(ran("4", first));
    search.record(ran("4", second));
    std::string notes;
    for (const story::Note& note : items<story::Note>(search)) notes += note.text + "\n";
    return notes;
  };
  const std::string title = "the bug is from now on: title \"" + the_bug().title + "\"\n";
  CHECK(learnt(in_boot, kCrash).find(title) != std::string::npos);
  CHECK(learnt(kCrash, in_boot).find(title) != std::string::npos);
  CHECK(learnt(in_boot, in_boot).find(another_bug().title) != std::string::npos);
}

TEST_CASE("ends that cannot be bisected are errors that say what to do") {
  const auto error = [](Goal goal) {
    auto made = Bisection::make(std::make_shared<const CommitGraph>(std::move(*CommitGraph::make(line(4)))),
                                std::move(goal), std::make_unique<ClassicPlanner>());
    return made.ok() ? "" : made.error().what;
  };
  CHECK(error(goal("9", "0")).find("the bad commit 9 is not in the history") == 0);
  CHECK(error(goal("3", "9")).find("the good commit 9 is not in the history") == 0);
  CHECK(error(goal("1", "2")).find("the bad commit 1 does not descend from the good commit 2") == 0);
  CHECK(error(goal("2", "2")) != "");
  Goal fix = goal("2", "1");
  fix.fix = true;
  CHECK(error(fix).find("the good commit 1 does not descend from the bad commit 2") == 0);
}

TEST_CASE("the bad commit is built first, then runs go to every idle board") {
  Goal two = goal("15", "0");
  two.reproduce_runs = 2;
  Bisection search = bisection(line(16), two);
  const auto first = search.plan(idle(2, 1));
  REQUIRE(first.size() == 1);
  CHECK(first.front() == Task{BuildTask{"15"}});
  CHECK(search.plan(idle(2, 0, first)).empty());
  search.record(built("15"));
  const auto second = search.plan(idle(2, 0));
  REQUIRE(second.size() == 2);
  CHECK(second[0] == Task{RunTask{"15", "b0", std::chrono::seconds(60), the_symptom()}});
  CHECK(second[1] == Task{RunTask{"15", "b1", std::chrono::seconds(60), the_symptom()}});
}

TEST_CASE("no more runs are started than a verdict needs") {
  Goal three = goal("15", "0");
  three.reproduce_runs = 3;
  Bisection search = bisection(line(16), three);
  search.record(built("15"));
  CHECK(search.plan(idle(8, 0)).size() == 3);
  const Task flying = RunTask{"15", "x", std::chrono::seconds(60), the_symptom()};
  CHECK(search.plan(idle(8, 0, {flying})).size() == 2);
}

TEST_CASE("idle build slots build what a crash and what clean runs would lead to") {
  Bisection search = bisection(line(16), goal("15", "0"));
  search.record(built("15"));
  CHECK(search.plan(idle(0, 1)) == std::vector<Task>{BuildTask{"7"}});
  search.record(ran("15", kCrash));
  search.record(built("7"));
  CHECK(search.plan(idle(0, 3)) == std::vector<Task>{BuildTask{"3"}, BuildTask{"11"}});
  CHECK(search.plan(idle(0, 3, {BuildTask{"3"}})) == std::vector<Task>{BuildTask{"11"}});
}

TEST_CASE("runs and builds of decided commits are obsolete") {
  Bisection search = bisection(line(16), goal("15", "0"));
  const Task run = RunTask{"15", "b", std::chrono::seconds(60), the_symptom()};
  search.record(built("15"));
  CHECK(!search.obsolete(run));
  CHECK(!search.obsolete(BuildTask{"7"}));
  search.record(ran("15", kCrash));
  CHECK(search.obsolete(run));
  CHECK(!search.obsolete(BuildTask{"11"}));
  search.record(built("7"));
  search.record(ran("7", kCrash));
  CHECK(search.obsolete(BuildTask{"11"}));
  CHECK(!search.obsolete(BuildTask{"3"}));
}

TEST_CASE("without a symptom the first crash says what the bug is") {
  Goal open = goal("15", "0");
  open.symptom.reset();
  Bisection search = bisection(line(16), open);
  search.record(built("15"));
  search.record(ran("15", kCrash));
  search.record(built("7"));
  const auto tasks = search.plan(idle(1, 0));
  REQUIRE(tasks.size() == 1);
  CHECK(std::get<RunTask>(tasks.front()).symptom == the_symptom());
  search.record(ran("7", crash_with(another_bug())));
  CHECK(search.standing().commit == "7");
  CHECK(search.standing().runs_done == 0);
}

TEST_CASE("a bug that does not show is not reproduced, whatever else happens") {
  Bisection search = bisection(line(4), goal("3", "0"));
  carry_out(search, lab([](int, Dice&) { return false; }));
  CHECK(items<story::NotReproduced>(search).size() == 1);
}

TEST_CASE("bench faults cost runs and change nothing") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SimulatedLab faulty = lab([](int number, Dice&) { return number >= 11; });
    faulty.run = [inner = faulty.run](const CommitId& commit, Dice& dice) -> RunOutcome {
      if (dice.chance(30)) return BenchFault{{Errc::timeout, "no DHCP request"}};
      return inner(commit, dice);
    };
    faulty.seed = seed;
    faulty.boards = 2;
    Bisection search = bisection(line(40), goal("39", "0"));
    carry_out(search, faulty);
    const auto found = items<story::Culprit>(search);
    REQUIRE(found.size() == 1);
    CHECK(found.front().commit == "11");
  }
}

TEST_CASE("other crashes, hangs and failed boots here and there do not change the culprit") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimulatedLab noisy = lab([](int number, Dice&) { return number >= 23; });
    noisy.run = [inner = noisy.run](const CommitId& commit, Dice& dice) -> RunOutcome {
      const auto roll = dice.below(100);
      if (roll < 5) return crash_with(another_bug());
      if (roll < 10) return Hung{"no heartbeat", {}};
      if (roll < 15) return BootFailed{"kernel", "silence"};
      return inner(commit, dice);
    };
    noisy.seed = seed;
    Bisection search = bisection(line(64), goal("63", "0"));
    carry_out(search, noisy);
    const auto found = items<story::Culprit>(search);
    REQUIRE(found.size() == 1);
    CHECK(found.front().commit == "23");
  }
}

TEST_CASE("a wrong good verdict is found by the confirmation and the search is reopened") {
  // 20 shows the bug only from its ninth run on: the search takes it for good and ends at 21.
  std::map<int, int> runs;
  Bisection search = bisection(line(32), goal("31", "0"));
  carry_out(search, lab([&runs](int number, Dice&) {
              return number >= 18 && ++runs[number] > (number <= 20 ? 8 : 0);
            }));
  const auto found = items<story::Culprit>(search);
  REQUIRE(found.size() == 1);
  CHECK(found.front().commit == "18");
  const auto ranges = items<story::RangeFound>(search);
  REQUIRE(ranges.size() == 4);
  CHECK(ranges[1].bad == "20");
  CHECK(ranges[3].bad == "18");
}

TEST_CASE("a good commit that has the bug after all is an answer, not a loop") {
  Bisection search = bisection(line(8, {"-1"}), goal("7", "0"));
  carry_out(search, lab([](int, Dice&) { return true; }));
  const auto end = items<story::GaveUp>(search);
  REQUIRE(end.size() == 1);
  CHECK(end.front().why.find("the commit given as good, 0, has the bug") == 0);
}

TEST_CASE("a parent outside of the history is built and must run clean, too") {
  // 2 merges a branch whose base is outside; its culprit is the merge.
  auto commits = line(4);
  commits[2].parents.push_back("-5");
  SUBCASE("it does") {
    Bisection search = bisection(commits, goal("3", "0"));
    carry_out(search, lab([](int number, Dice&) { return number >= 2; }));
    const auto found = items<story::Culprit>(search);
    REQUIRE(found.size() == 1);
    CHECK(found.front().commit == "2");
    CHECK(found.front().confirmation.find("its parent -5 in 0 of 8 runs") != std::string::npos);
  }
  SUBCASE("it does not") {
    Bisection search = bisection(commits, goal("3", "0"));
    carry_out(search, lab([](int number, Dice&) { return number >= 2 || number == -5; }));
    CHECK(items<story::GaveUp>(search).size() == 1);
  }
}

TEST_CASE("the bad commit without the culprit is to run clean, and is no reason to search again") {
  const CommitId reverted = "31-without-20";
  std::string expected = "the bad commit without it in 0 of 8 runs";
  bool crashes = false;
  bool builds = true;
  Goal wanted = goal("31", "0");
  wanted.without = [](const CommitId& commit, const CommitId& change) -> Result<CommitId> {
    return commit + "-without-" + change;
  };
  SUBCASE("it does") {}
  SUBCASE("so with planner bayes") {
    wanted.planner = PlannerKind::bayes;
  }
  SUBCASE("it does not") {
    crashes = true;
    expected = "the bad commit without it in 1 of 1 runs";
  }
  SUBCASE("it does not build") {
    builds = false;
    expected = "the bad commit without it could not be tested (it does not build: a.c:1: error)";
  }
  SUBCASE("it cannot be made") {
    wanted.without = [](const CommitId&, const CommitId&) -> Result<CommitId> {
      return Error{Errc::invalid, "conflicts in a.c"};
    };
    expected.clear();
  }
  Bisection search = bisection(line(32), wanted);
  SimulatedLab rig = lab([](int number, Dice&) { return number >= 20; });
  rig.build = [&](const CommitId& commit) {
    return commit != reverted || builds ? BuildOutcome(Built{commit, false}) : BuildFailed{"a.c:1: error"};
  };
  rig.run = [&](const CommitId& commit, Dice&) {
    return (commit == reverted ? crashes : std::stoi(commit) >= 20) ? kCrash : kClean;
  };
  carry_out(search, rig);
  const auto found = items<story::Culprit>(search);
  REQUIRE(found.size() == 1);
  CHECK(found.front().commit == "20");
  const std::string& confirmation = found.front().confirmation;
  if (!expected.empty()) {
    CHECK_MESSAGE(confirmation.ends_with(", " + expected), confirmation);
  } else {
    CHECK(confirmation.find("without") == std::string::npos);
    const auto notes = items<story::Note>(search);
    CHECK(std::any_of(notes.begin(), notes.end(), [](const story::Note& note) {
      return note.text == "no run of the bad commit without the culprit: conflicts in a.c";
    }));
  }
}

TEST_CASE("a fix that still crashes is not believed") {
  Goal fix = goal("0", "31");
  fix.fix = true;
  std::map<int, int> runs;
  Bisection search = bisection(line(32), fix);
  carry_out(search,
            lab([&runs](int number, Dice&) { return number < 20 && (number != 19 || ++runs[number] > 8); }));
  const auto found = items<story::Culprit>(search);
  REQUIRE(found.size() == 1);
  CHECK(found.front().commit == "20");
  CHECK(found.front().fix);
}

TEST_CASE("a build that faults is tried again, and at the fourth time in a row the campaign pauses") {
  Bisection search = bisection(line(4), goal("3", "0"));
  const BuildEnded fault{"3", BuildFault{{Errc::io, "disk full"}}, "", {}};
  for (int i = 0; i < 3; ++i) {
    search.record(fault);
    CHECK(search.plan(idle(1, 1)) == std::vector<Task>{BuildTask{"3"}});
  }
  search.record(fault);
  CHECK(search.finished());
  REQUIRE(items<story::GaveUp>(search).size() == 1);
  CHECK(items<story::GaveUp>(search).front().why.find("disk full") != std::string::npos);
  search.resume();
  CHECK(!search.finished());
  CHECK(items<story::GaveUp>(search).empty());
  CHECK(search.plan(idle(1, 1)) == std::vector<Task>{BuildTask{"3"}});
}

TEST_CASE("a board that is set aside is told and changes no verdict") {
  Bisection search = bisection(line(4), goal("3", "0"));
  search.record(BoardSetAside{"b0", {Errc::timeout, "stuck relay"}});
  CHECK(!search.finished());
  REQUIRE(items<story::Note>(search).size() == 1);
  CHECK(items<story::Note>(search).front().text == "board b0 is set aside: stuck relay");
}

TEST_CASE("replaying the events gives the same story and the same plan at every step") {
  SimulatedLab flaky = lab([](int number, Dice& dice) { return number >= 30 && dice.chance(60); });
  flaky.boards = 3;
  flaky.build_slots = 2;
  Bisection first = bisection(line(100), goal("99", "0"));
  const SimulatedCampaign campaign = carry_out(first, flaky);
  Bisection again = bisection(line(100), goal("99", "0"));
  for (const Event& event : campaign.events) again.record(event);
  CHECK(again.finished());
  CHECK(again.story().size() == first.story().size());
  for (std::size_t cut = 0; cut < campaign.events.size(); cut += 7) {
    Bisection a = bisection(line(100), goal("99", "0"));
    Bisection b = bisection(line(100), goal("99", "0"));
    for (std::size_t i = 0; i < cut; ++i) {
      a.record(campaign.events[i]);
      b.record(campaign.events[i]);
      (void)b.plan(idle(2, 1));
    }
    CHECK(a.plan(idle(3, 2)) == b.plan(idle(3, 2)));
  }
}

TEST_CASE("a campaign that is cut anywhere and resumed ends at the same culprit") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimulatedLab flaky = lab([](int number, Dice& dice) { return number >= 30 && dice.chance(70); });
    flaky.seed = seed;
    flaky.boards = 2;
    Bisection whole = bisection(line(100), goal("99", "0"));
    const SimulatedCampaign campaign = carry_out(whole, flaky);
    Bisection resumed = bisection(line(100), goal("99", "0"));
    const std::size_t cut = campaign.events.size() * seed / 21;
    for (std::size_t i = 0; i < cut; ++i) resumed.record(campaign.events[i]);
    flaky.seed = seed + 100;
    flaky.known = {campaign.events.begin(), campaign.events.begin() + static_cast<std::ptrdiff_t>(cut)};
    carry_out(resumed, flaky);
    const auto found = items<story::Culprit>(resumed);
    REQUIRE(found.size() == 1);
    CHECK(found.front().commit == "30");
  }
}

TEST_CASE("on random histories with merges the culprit is found whatever it is") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Dice dice(seed);
    const auto commits = random_history(dice, 60);
    auto graph = CommitGraph::make(commits);
    REQUIRE(graph.ok());
    const auto range = candidates({*graph, *graph->find("59"), {*graph->find("0")}, {}});
    const CommitId culprit = graph->at(range[dice.below(range.size())]).id;
    SimulatedLab simulated = lab([&](int number, Dice&) {
      return graph->is_ancestor(*graph->find(culprit), *graph->find(std::to_string(number)));
    });
    simulated.boards = 1 + static_cast<int>(seed % 3);
    simulated.seed = seed;
    Bisection search = bisection(commits, goal("59", "0"));
    carry_out(search, simulated);
    const auto found = items<story::Culprit>(search);
    REQUIRE(found.size() == 1);
    CHECK(found.front().commit == culprit);
    CHECK(!found.front().no_op);
  }
}

}  // namespace
}  // namespace rigbisect
