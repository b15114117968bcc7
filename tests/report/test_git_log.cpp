#include <algorithm>
#include <fstream>

#include <doctest/doctest.h>

#include "bisect/planner_classic.h"
#include "report/git_log.h"
#include "sample_story.h"
#include "scratch_git.h"
#include "simulated_lab.h"

namespace rigbisect {
namespace {

std::string no_subject(const CommitId&) {
  return "";
}

TEST_CASE("before the search there is nothing for git") {
  CHECK(git_bisect_log({story::Started{"c", false}, story::Testing{"c", ""}}, no_subject).empty());
}

TEST_CASE("a search is written in git's own words") {
  const std::string text = git_bisect_log(
      {story::RangeFound{"v2", "v1", "b", "a"}, story::Marked{story::Mark::skip, "s", "it does not build"},
       story::Marked{story::Mark::bad, "c", ""}, story::Culprit{.commit = "c"}},
      [](const CommitId& id) { return "subject of " + id; });
  CHECK(text ==
        "# bad: [b] subject of b\n# good: [a] subject of a\ngit bisect start 'b' 'a'\n"
        "# skip: [s] subject of s\ngit bisect skip s\n# bad: [c] subject of c\ngit bisect bad c\n"
        "# first bad commit: [c] subject of c\n");
}

TEST_CASE("what was marked before a reopening is left out") {
  const std::string text =
      git_bisect_log({story::RangeFound{"v2", "v1", "b", "a"}, story::Marked{story::Mark::good, "wrong", ""},
                      story::RangeFound{"p", "v1", "p", "a"}, story::Marked{story::Mark::good, "g", ""}},
                     no_subject);
  CHECK(text.find("wrong") == std::string::npos);
  CHECK(text.find("git bisect start 'p' 'a'\n# good: [g] \ngit bisect good g\n") != std::string::npos);
}

TEST_CASE("a subject cannot smuggle in a command") {
  const std::string text = git_bisect_log({story::RangeFound{"v2", "v1", "b", "a"}},
                                          [](const CommitId&) { return "x\ngit bisect good b"; });
  CHECK(text.find("\ngit bisect good") == std::string::npos);
}

// A campaign on a random history, with some commits that do not build.
Bisection campaign(const std::vector<Commit>& commits, bool wrong_good, std::uint64_t seed) {
  auto graph = CommitGraph::make(commits);
  REQUIRE(graph.ok());
  Dice dice(seed);
  const CommitId culprit = commits[1 + dice.below(commits.size() - 1)].id;
  Goal goal;
  goal.bad = commits.back().id;
  goal.good = commits.front().id;
  goal.symptom = the_symptom();
  std::map<CommitId, int> runs;
  const CommitGraph copy = *graph;
  SimulatedLab lab{.build = [&](const CommitId& commit) -> BuildOutcome {
                     if (commit != goal.bad && commit[0] == '0') return BuildFailed{"no"};
                     return Built{commit, false};
                   },
                   .run = [&](const CommitId& commit, Dice&) -> RunOutcome {
                     const bool late = wrong_good && commit != goal.bad && commit[1] < '4';
                     const bool bug = copy.is_ancestor(*copy.find(culprit), *copy.find(commit));
                     if (bug && ++runs[commit] > (late ? 8 : 0)) return crash_with(the_bug());
                     return Survived{};
                   },
                   .seed = seed};
  auto bisection = Bisection::make(std::make_shared<const CommitGraph>(std::move(*graph)), goal,
                                   std::make_unique<ClassicPlanner>());
  REQUIRE(bisection.ok());
  carry_out(*bisection, lab);
  return std::move(*bisection);
}

// git's state after replaying our log says what our result says.
void check_replay(ScratchGit& git, const std::vector<story::Item>& story) {
  std::ofstream(git.directory() / "ours.log") << git_bisect_log(story, no_subject);
  git.run({"bisect", "replay", "ours.log"});
  const std::string said = git.run({"bisect", "log"});
  REQUIRE(!std::holds_alternative<story::GaveUp>(story.back()));
  if (const auto* culprit = std::get_if<story::Culprit>(&story.back())) {
    CHECK(said.find("# first bad commit: [" + culprit->commit + "]") != std::string::npos);
  } else if (const auto* range = std::get_if<story::Inconclusive>(&story.back())) {
    for (const CommitId& commit : range->candidates) {
      CHECK(said.find("# possible first bad commit: [" + commit + "]") != std::string::npos);
    }
  }
}

TEST_CASE("git bisect replay accepts the log of a campaign and comes to the same end") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    Dice dice(seed);
    ScratchGit git;
    const auto commits = git.import(random_history(dice, 25));
    check_replay(git, campaign(commits, false, seed).story());
  }
}

TEST_CASE("git bisect replay accepts the log of a campaign that was reopened") {
  int reopened = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    Dice dice(seed);
    ScratchGit git;
    const auto commits = git.import(random_history(dice, 40));
    const Bisection bisection = campaign(commits, true, seed);
    const auto ranges =
        std::count_if(bisection.story().begin(), bisection.story().end(),
                      [](const auto& item) { return std::holds_alternative<story::RangeFound>(item); });
    reopened += ranges > 1 ? 1 : 0;
    check_replay(git, bisection.story());
  }
  CHECK(reopened > 0);
}

}  // namespace
}  // namespace rigbisect
