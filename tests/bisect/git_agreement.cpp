#include "git_agreement.h"

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "base/text.h"
#include "bisect/bisection.h"
#include "bisect/planner_classic.h"
#include "random_history.h"
#include "report/git_log.h"
#include "scratch_git.h"
#include "simulated_lab.h"

namespace rigbisect {
namespace {

using Index = CommitGraph::Index;

struct Case {
  CommitGraph graph;
  Index bad;
  Index good;
  Index culprit;
};

Case make_case(ScratchGit& git, Dice& dice, std::size_t size) {
  auto commits = git.import(random_history(dice, size));
  const CommitId newest = commits.back().id;
  const CommitId oldest = commits[dice.below(size / 4 + 1)].id;
  std::shuffle(commits.begin(), commits.end(), std::mt19937_64(size));
  auto graph = CommitGraph::make(std::move(commits));
  REQUIRE(graph.ok());
  const Index bad = *graph->find(newest);
  const Index good = *graph->find(oldest);
  const auto range = candidates({*graph, bad, {good}, {}});
  const Index culprit = range[dice.below(range.size())];
  return Case{std::move(*graph), bad, good, culprit};
}

// "Bisecting: 12 revisions left to test after this (roughly 4 steps)\n[HASH] subject" in our terms.
std::string step_text(const CommitGraph& graph, const Pick& pick) {
  const auto s = [](auto number) { return number == 1 ? "" : "s"; };
  return "Bisecting: " + std::to_string(pick.left) + " revision" + s(pick.left) +
         " left to test after this (roughly " + std::to_string(pick.steps) + " step" + s(pick.steps) +
         ")\n[" + graph.at(pick.commit).id + "] " + graph.at(pick.commit).subject + "\n";
}

std::set<CommitId> hashes_in(const std::string& text) {
  static const std::regex hash("\\b[0-9a-f]{40}\\b");
  std::set<CommitId> found;
  for (std::sregex_iterator it(text.begin(), text.end(), hash), end; it != end; ++it) found.insert(it->str());
  return found;
}

// git's last words name what we have left: one commit, or the set around the skipped ones.
void check_end(const std::string& said, const SearchState& state) {
  const auto left = candidates(state);
  REQUIRE(!left.empty());
  if (left.size() == 1) {
    CHECK(said.starts_with(state.graph.at(left.front()).id + " is the first bad commit\n"));
    return;
  }
  CHECK(said.find("There are only 'skip'ped commits left to test.") != std::string::npos);
  std::set<CommitId> ours;
  for (const Index commit : left) ours.insert(state.graph.at(commit).id);
  CHECK(hashes_in(said) == ours);
}

Bisection weighing(const Case& task, CommitGraph graph) {
  Goal goal;
  goal.bad = graph.at(task.bad).id;
  goal.good = graph.at(task.good).id;
  goal.symptom = the_symptom();
  goal.run_time = std::chrono::seconds(60);
  goal.planner = PlannerKind::bayes;
  auto made = Bisection::make(std::make_shared<const CommitGraph>(std::move(graph)), std::move(goal),
                              std::make_unique<ClassicPlanner>());
  REQUIRE(made.ok());
  return std::move(*made);
}

}  // namespace

void replays_in_git(std::uint64_t seed, std::size_t size) {
  CAPTURE(seed);
  Dice dice(seed);
  ScratchGit git;
  const Case task = make_case(git, dice, size);
  const auto rate = static_cast<unsigned>(20 + dice.below(75));
  const SimulatedLab lab{.build = [](const CommitId& id) -> BuildOutcome {
                           return Built{id, false};
                         },
                         .run = [&](const CommitId& id, Dice& run_dice) -> RunOutcome {
                           const bool has_bug = task.graph.is_ancestor(task.culprit, *task.graph.find(id));
                           if (has_bug && run_dice.chance(rate)) return crash_with(the_bug());
                           return Survived{std::chrono::seconds(60)};
                         },
                         .boards = 2,
                         .seed = seed};
  Bisection search = weighing(task, task.graph);
  carry_out(search, lab);
  const auto* culprit = std::get_if<story::Culprit>(&search.story().back());
  REQUIRE(culprit != nullptr);
  const auto file = git.directory() / "marks";
  std::ofstream(file) << git_bisect_log(search.story(), [](const CommitId&) { return ""; });
  const std::string said = git.run({"bisect", "replay", file.string()});
  CHECK_MESSAGE(said.find(culprit->commit + " is the first bad commit\n") != std::string::npos, said);
}

void agree_with_git_bisect(std::uint64_t seed, std::size_t size, bool skips) {
  CAPTURE(seed);
  CAPTURE(size);
  Dice dice(seed);
  ScratchGit git;
  const Case task = make_case(git, dice, size);
  const CommitGraph& graph = task.graph;
  const unsigned skip_percent = skips ? static_cast<unsigned>(dice.below(70)) : 0;
  SearchState state{graph, task.bad, {task.good}, {}};
  std::string said =
      git.run({"bisect", "start", "--no-checkout", graph.at(task.bad).id, graph.at(task.good).id});
  for (std::size_t round = 0; round <= size; ++round) {
    const auto pick = ClassicPlanner().pick(state);
    if (!pick) return check_end(said, state);
    const std::size_t at = said.find("Bisecting:");
    REQUIRE_MESSAGE(at != std::string::npos, said);
    REQUIRE(said.substr(at) == step_text(graph, *pick));
    const CommitId& id = graph.at(pick->commit).id;
    if (dice.chance(skip_percent)) {
      state.skipped.push_back(pick->commit);
      said = git.run({"bisect", "skip", id});
    } else if (graph.is_ancestor(task.culprit, pick->commit)) {
      state.bad = pick->commit;
      said = git.run({"bisect", "bad", id});
    } else {
      state.good.push_back(pick->commit);
      said = git.run({"bisect", "good", id});
    }
  }
  FAIL("the search does not end");
}

void agree_with_git_rev_list(std::uint64_t seed, std::size_t size) {
  CAPTURE(seed);
  CAPTURE(size);
  Dice dice(seed);
  ScratchGit git;
  const Case task = make_case(git, dice, size);
  const CommitGraph& graph = task.graph;
  const std::string bad = graph.at(task.bad).id;
  const std::string not_good = "^" + graph.at(task.good).id;
  SearchState state{graph, task.bad, {task.good}, {}};

  std::string ours;
  for (Index i = 0; i < graph.size(); ++i) ours += graph.at(i).id + "\n";
  CHECK(git.run({"rev-list", bad}) == ours);
  ours.clear();
  for (const Index commit : candidates(state)) ours += graph.at(commit).id + "\n";
  CHECK(git.run({"rev-list", bad, not_good}) == ours);

  const std::string said = git.run({"rev-list", "--bisect-vars", bad, not_good});
  const auto pick = ClassicPlanner().pick(state);
  if (!pick) {
    CHECK(candidates(state).size() == 1);
    return;
  }
  CHECK(said.find("bisect_rev='" + graph.at(pick->commit).id + "'\n") != std::string::npos);
  CHECK(said.find("bisect_steps=" + std::to_string(pick->steps) + "\n") != std::string::npos);
}

}  // namespace rigbisect
