#include "cli/goal.h"

#include "bisect/planner_classic.h"
#include "cli/crash_hints.h"

namespace rigbisect {
namespace {

Error wrong_order(const Recipe& recipe, const Repository& repository, const CommitId& older,
                  const CommitId& newer) {
  const std::string older_name = recipe.fix ? "bad" : "good";
  const std::string newer_name = recipe.fix ? "good" : "bad";
  std::string what = recipe.file.string() + ": the " + newer_name + " commit " + newer.substr(0, 12) +
                     " is not descended from the " + older_name + " commit " + older.substr(0, 12);
  const auto swapped = repository.is_ancestor(newer, older);
  if (swapped && *swapped) {
    what += ": it is the other way round. Swap `bad` and `good`, or say `mode: " +
            std::string(recipe.fix ? "cause" : "fix") + "`";
  } else if (const auto base = repository.merge_base(older, newer)) {
    what += ": they are on different branches. Their merge base " + base->substr(0, 12) + " may serve as `" +
            older_name + "`, if it is " + older_name;
  } else {
    what += ": they have no common history";
  }
  return {Errc::invalid, what};
}

}  // namespace

Result<ResolvedRange> resolve_range(const Recipe& recipe, const Repository& repository) {
  ResolvedRange range;
  auto bad = repository.resolve(recipe.bad);
  if (!bad) return bad.error().within(recipe.file.string() + ": bad");
  range.bad = *bad;
  if (!recipe.good && !recipe.fix) {
    auto releases = repository.releases_before(range.bad);
    if (!releases) return releases.error();
    if (releases->empty()) {
      return Error{Errc::invalid, recipe.file.string() + ": there is no release tag before " + recipe.bad +
                                      " to look for a good end: name a `good` commit"};
    }
    range.releases = *releases;
    return range;
  }
  auto good = repository.resolve(recipe.good.value_or("HEAD"));
  if (!good) return good.error().within(recipe.file.string() + ": good");
  range.good = *good;
  const CommitId& older = recipe.fix ? range.bad : range.good;
  const CommitId& newer = recipe.fix ? range.good : range.bad;
  if (older == newer)
    return Error{Errc::invalid, recipe.file.string() + ": `bad` and `good` are the same commit " + older};
  auto descended = repository.is_ancestor(older, newer);
  if (!descended) return descended.error();
  if (*descended) return range;
  // The fix of a bug of another branch: the search begins at the merge base.
  const auto swapped = repository.is_ancestor(newer, older);
  const bool branches = recipe.fix && swapped && !*swapped && repository.merge_base(older, newer);
  if (!branches) return wrong_order(recipe, repository, older, newer);
  return range;
}

Result<Bisection> begin_bisection(const Recipe& recipe, const ResolvedRange& range,
                                  const Repository& repository, std::stop_token stop) {
  CommitId bad = range.bad;
  if (recipe.fix) {
    auto base = repository.merge_base(range.bad, range.good);
    if (!base) return base.error();
    bad = *base;
  }
  CommitId boundary = recipe.fix ? bad : range.good;
  if (boundary.empty()) {
    auto oldest = repository.resolve(range.releases.back());
    if (!oldest) return oldest.error();
    boundary = *oldest;
  }
  auto graph = repository.history(recipe.fix ? range.good : range.bad, {boundary}, stop);
  if (!graph) return graph.error().within("history of " + recipe.tree.string());

  Goal goal;
  goal.fix = recipe.fix;
  goal.bad = bad;
  if (bad == range.bad) {
    goal.bad_name = recipe.bad;
  } else {
    goal.reported = range.bad;
  }
  if (recipe.good) goal.good = range.good;  // the tip of a fix without one is to be tested
  goal.good_name = recipe.good.value_or(recipe.fix ? "HEAD" : "");
  goal.releases = range.releases;
  goal.symptom = recipe.symptom;
  goal.runs = recipe.runs;
  goal.reproduce_runs = recipe.reproduce_runs;
  goal.confirm_runs = recipe.confirm_runs;
  goal.run_time = recipe.reproducer.time;
  goal.planner = recipe.bayes ? PlannerKind::bayes : PlannerKind::classic;
  goal.confidence = recipe.confidence;
  goal.budget_runs = recipe.budget_runs;
  goal.budget_time = std::chrono::duration_cast<Duration>(
      std::chrono::duration<double, std::ratio<3600>>(recipe.budget_hours));
  if (recipe.confirm_revert) {
    goal.without = [tree = recipe.tree](const CommitId& commit, const CommitId& change) -> Result<CommitId> {
      const auto opened = Repository::open(tree);
      return opened ? opened->without(commit, change) : opened.error();
    };
  }
  if (recipe.bayes && recipe.priors) {
    goal.hints = [tree = recipe.tree](const CommitGraph& history, const CrashReport& crash) {
      return crash_hints(tree, history, crash);
    };
  }
  return Bisection::make(std::make_shared<const CommitGraph>(std::move(*graph)), std::move(goal),
                         std::make_unique<ClassicPlanner>());
}

}  // namespace rigbisect
