#include <algorithm>
#include <set>

#include "bisect/bisection_state.h"

namespace rigbisect {
namespace {

constexpr double kDecided = 0.9;  // of a mark: the chance that it is right

}  // namespace

// Begins or goes on with the search: the belief is made anew from every run of the campaign, for a reopened
// search may have other candidates.
void Bisection::State::weigh() {
  phase = Phase::search;
  visit.reset();
  weigh_again();
  proceed();
}

void Bisection::State::weigh_again() {
  weighed_search =
      std::make_unique<WeighedSearch>(findings.range(), goal.fix, goal.suspects, 0.0, goal.run_time);
  for (const RunEnded& run : all_runs) {
    const auto index = graph.find(run.commit);
    const auto seen = observe(run.outcome, symptom());
    if (index && seen && clean_says_something(*index)) weighed_search->record(*index, *seen);
  }
}

double Bisection::State::posterior(Index commit) const {
  return weighed_search ? weighed_search->probability(commit) : 0;
}

void Bisection::State::weighed(const RunEnded& event) {
  const auto index = graph.find(event.commit);
  if (!index) return;
  if (!visit || visit->commit != *index) turn_to(*index);
  int number = 0;
  for (const RunEnded& run : all_runs) number += run.commit == event.commit ? 1 : 0;
  story.emplace_back(
      story::Run{number - 1, event.outcome, event.board, event.console, describe(event.outcome, symptom())});
  const auto seen = observe(event.outcome, symptom());
  Tally& tally = tallies[event.commit];
  if (const CrashReport* report = symptom_report(event.outcome, symptom()); report && !tally.crash) {
    tally.crash = *report;
  }
  if (!seen) return;
  (seen->crashed ? tally.crashed : tally.clean) += 1;
  if (clean_says_something(*index)) weighed_search->record(*index, *seen);
  proceed();
}

void Bisection::State::built(const BuildEnded& event) {
  if (visit && graph.at(visit->commit).id == event.commit && kernels.built(event.commit)) {
    story.emplace_back(story::Testing{event.commit, kernels.compiler(event.commit)});
  }
  proceed();
}

// The commit that the story is about from now on.
void Bisection::State::turn_to(Index commit) {
  close_visit();
  const Commit& at = graph.at(commit);
  visit = Visit{.commit = commit};
  story.emplace_back(story::Step{0, 0, at.id, at.subject});
  if (kernels.built(at.id)) story.emplace_back(story::Testing{at.id, kernels.compiler(at.id)});
}

void Bisection::State::close_visit() {
  if (!visit) return;
  const CommitId id = graph.at(visit->commit).id;
  const double has_bug = weighed_search->belief().has_bug(visit->commit).value_or(0.5);
  visit.reset();
  const Verdict verdict = has_bug > kDecided       ? Verdict::bad
                          : has_bug < 1 - kDecided ? Verdict::good
                                                   : Verdict::open;
  story.emplace_back(story::RunsOver{verdict, ""});
  if (verdict == Verdict::open) return;
  story.emplace_back(
      story::Marked{(verdict == Verdict::bad) != goal.fix ? story::Mark::bad : story::Mark::good, id, ""});
}

// Goes on after something was learnt: an answer, or what to do next.
void Bisection::State::proceed() {
  const Index best = weighed_search->best();
  if (weighed_search->probability(best) >= goal.confidence) {
    close_visit();
    return confirm(best);
  }
  const auto next = weighed_search->choose(costs.costs(), [this](Index commit) {
    return kernels.built(graph.at(commit).id) ? Duration{} : costs.costs().build;
  });
  if (!next) {
    close_visit();
    return end(story::Inconclusive{{graph.at(best).id}, "no run can tell more"});
  }
  if (!visit || visit->commit != next->commit) turn_to(next->commit);
  visit = next;
}

std::vector<Task> Bisection::State::plan_weighed(const Capacity& capacity) const {
  std::vector<Task> tasks;
  if (!visit || capacity.idle_boards.empty()) return tasks;
  const CommitId& id = graph.at(visit->commit).id;
  if (kernels.built(id)) {
    for (const std::string& board : capacity.idle_boards) {
      tasks.emplace_back(RunTask{id, board, visit->time, symptom()});
    }
  } else if (capacity.idle_build_slots > 0) {
    const Task build = BuildTask{id};
    const bool under_way =
        std::find(capacity.in_flight.begin(), capacity.in_flight.end(), build) != capacity.in_flight.end();
    if (!under_way) tasks.push_back(build);
  }
  return tasks;
}

}  // namespace rigbisect
