#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/duration.h"
#include "bisect/bisection_state.h"
#include "bisect/git_marks.h"

namespace rigbisect {
namespace {

constexpr double kGivenIsWrong = 0.002;  // of a good commit: the chance that it has the bug
constexpr double kNeverFixed = 0.3;
constexpr double kOlderThanAll = 0.02;  // the chance that the bug is older than the oldest release
constexpr double kDecided = 0.9;        // of a mark: the chance that it is right
constexpr std::size_t kMostNamed = 3;
constexpr std::size_t kMostCandidates = 1000;  // in an inconclusive result

std::string text(const char* format, double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string percent(double share) {
  return text(share < 0.1 ? "%.1f %%" : "%.0f %%", 100 * share);
}

std::string minutes(Duration time) {
  const double seconds = to_seconds(time);
  if (seconds < 90) return text("%.0f s", seconds);
  return seconds < 5400 ? text("%.0f min", seconds / 60) : text("%.1f h", seconds / 3600);
}

}  // namespace

// Begins or goes on with the search: the belief is made anew from every run of the campaign, for a reopened
// search may have other candidates.
void Bisection::State::weigh() {
  phase = Phase::search;
  test.reset();
  visit.reset();
  weigh_again();
  proceed();
}

// The commits that the crash hints at, once.
void Bisection::State::read_hints() {
  const auto& crash = tallies[goal.bad].crash;
  if (hints_read || !goal.hints || !crash) return;
  hints_read = true;
  auto hints = goal.hints(graph, *crash);
  if (!hints) return note("no hints from the crash: " + hints.error().what);
  goal.suspects = std::move(*hints);
  if (goal.suspects.empty()) return;
  note(std::to_string(goal.suspects.size()) +
       " commits touch what the crash names; together they are believed nearly as likely as all others");
}

void Bisection::State::weigh_again() {
  read_hints();
  weighed_search =
      std::make_unique<WeighedSearch>(whole_range(), goal.fix, goal.suspects, beyond(), goal.run_time);
  weighed_search->expect(*good_end);
  for (const auto& finding : findings.all()) {
    if (finding.kind == Findings::Kind::untestable) weighed_search->tested(finding.commit, false);
  }
  for (const RunEnded& run : all_runs) {
    const auto index = graph.find(run.commit);
    if (!index) continue;
    if (const auto seen = observe(run.outcome, symptom()); seen && clean_says_something(*index)) {
      weighed_search->tested(*index, true);
      weighed_search->record(*index, *seen);
    }
  }
}

// No crash narrows it: it may have been another bug.
SearchState Bisection::State::whole_range() const {
  const Index bad = *graph.find(goal.bad);
  const auto untestable = findings.of(Findings::Kind::untestable);
  if (goal.fix) return {graph, *good_end, {bad}, untestable};
  return {graph, bad, {*good_end}, untestable};
}

// A good end that was given is hardly doubted. One that was found is as good as its runs, which are weighed
// like all others.
Beyond Bisection::State::beyond() const {
  if (goal.good) return {0, kGivenIsWrong};
  if (goal.fix) return {0, kNeverFixed};
  const std::vector<bool> older = graph.ancestors({*good_end});
  return {static_cast<double>(std::count(older.begin(), older.end(), true)), kOlderThanAll};
}

double Bisection::State::posterior(Index commit) const {
  return weighed_search ? weighed_search->probability(commit) : 0;
}

void Bisection::State::weighed(const RunEnded& event) {
  const auto index = graph.find(event.commit);
  if (!index) return;
  if (!visit || visit->commit != *index) turn_to(Visit{.commit = *index});
  std::vector<RunOutcome> outcomes;
  for (const RunEnded& run : all_runs) {
    if (run.commit == event.commit) outcomes.push_back(run.outcome);
  }
  story.emplace_back(story::Run{static_cast<int>(outcomes.size()) - 1, event.outcome, event.board,
                                event.console, describe(event.outcome, symptom())});
  Tally& tally = tallies[event.commit];
  if (const CrashReport* report = symptom_report(event.outcome, symptom()); report && !tally.crash) {
    tally.crash = *report;
  }
  if (const auto seen = observe(event.outcome, symptom())) {
    (seen->crashed ? tally.crashed : tally.clean) += 1;
    if (clean_says_something(*index)) weighed_search->record(*index, *seen);
  }
  const Judgement judgement = judge(outcomes, symptom(), goal.runs);
  if (judgement.verdict == Verdict::skip) untestable(*index, judgement.reason);
  proceed();
}

void Bisection::State::untestable(Index commit, const std::string& reason) {
  if (findings.about(commit)) return;
  findings.add_untestable(commit, reason);
  weighed_search->tested(commit, false);
  if (visit && visit->commit == commit) visit.reset();
  story.emplace_back(story::RunsOver{Verdict::skip, reason});
  story.emplace_back(story::Marked{story::Mark::skip, graph.at(commit).id, reason});
}

void Bisection::State::built(const BuildEnded& event) {
  const auto index = graph.find(event.commit);
  if (!index) return;
  const bool awaited = visit && visit->commit == *index;
  if (const auto failure = kernels.failure(event.commit)) {
    if (!awaited) turn_to(Visit{.commit = *index});
    story.emplace_back(story::Testing{event.commit, kernels.compiler(event.commit)});
    story.emplace_back(story::BuildBroken{*failure});
    untestable(*index, "it does not build: " + *failure);
  } else if (kernels.built(event.commit)) {
    weighed_search->tested(*index, true);
    if (awaited) story.emplace_back(story::Testing{event.commit, kernels.compiler(event.commit)});
  }
  proceed();
}

// The story is about this visit from now on.
void Bisection::State::turn_to(const Visit& next) {
  close_visit();
  visit = next;
  const Commit& at = graph.at(next.commit);
  const double bits = weighed_search->belief().entropy();
  story.emplace_back(story::Step{static_cast<std::size_t>(std::llround(std::exp2(bits))),
                                 static_cast<int>(std::ceil(bits)), at.id, at.subject});
  note(why(next));
  if (kernels.built(at.id)) story.emplace_back(story::Testing{at.id, kernels.compiler(at.id)});
}

// Why this commit, what is expected of it, who is suspected and how long it may take.
std::string Bisection::State::why(const Visit& next) const {
  const CommitId& id = graph.at(next.commit).id;
  const Belief& belief = weighed_search->belief();
  std::string why = short_id(id) + " has the bug with " + percent(weighed_search->has_bug(next.commit));
  if (next.runs > 0) {
    why += ": up to " + std::to_string(next.runs) + (next.runs == 1 ? " run of " : " runs of ") +
           minutes(next.time) + " are expected to tell " + text("%.2f", next.bits) + " of the " +
           text("%.1f", belief.entropy()) + " bits that are open, in " + minutes(next.cost);
    why += kernels.built(id) ? " (it is built)" : " (with its build)";
  }
  std::string named;
  for (const auto& [commit, probability] : weighed_search->likeliest(1, kMostNamed)) {
    named += (named.empty() ? "" : ", ") + short_id(graph.at(commit).id) + " " + percent(probability);
  }
  why += "; likeliest so far: " + named + "; the bug shows in about " + percent(belief.mean_rate()) +
         " of the runs";
  const auto left = next.runs > 0 ? time_left() : std::nullopt;
  return left ? why + "; about " + minutes(*left) + " to go" : why;
}

// As git has to be told it; nullopt: it is in doubt.
std::optional<story::Mark> Bisection::State::mark_of(Index commit) const {
  const double has_bug = weighed_search->belief().has_bug(commit).value_or(0.5);
  if (has_bug <= kDecided && has_bug >= 1 - kDecided) return std::nullopt;
  return (has_bug > kDecided) != goal.fix ? story::Mark::bad : story::Mark::good;
}

void Bisection::State::close_visit() {
  if (!visit) return;
  const Index commit = std::exchange(visit, std::nullopt)->commit;
  const auto mark = mark_of(commit);
  const bool crashes = mark && (*mark == story::Mark::bad) != goal.fix;
  story.emplace_back(story::RunsOver{!mark ? Verdict::open : crashes ? Verdict::bad : Verdict::good, ""});
  tell_mark(commit);
}

// Tells git what the commit is, if that is clear and narrows the range that git has: it forgets one bad
// commit for the next, so only an ancestor of it may follow.
void Bisection::State::tell_mark(Index commit) {
  const auto mark = mark_of(commit);
  if (!mark) return;
  const CommitId& id = graph.at(commit).id;
  const GitMarks told = git_marks(story);
  const bool narrows = *mark == story::Mark::good
                           ? !told.good.contains(id)
                           : id != told.bad && graph.is_ancestor(commit, *graph.find(*told.bad));
  if (narrows) story.emplace_back(story::Marked{*mark, id, ""});
}

// Marks were told as things looked then. Tells them again if the result says otherwise, so that git, told
// the last ones, comes to the same result.
void Bisection::State::settle_marks() {
  const auto is_now = [&](const CommitId& id, story::Mark mark) {
    const Index commit = *graph.find(id);
    return findings.about(commit).has_value() || mark_of(commit) == mark;
  };
  const GitMarks told = git_marks(story);
  const bool right = is_now(*told.bad, story::Mark::bad) &&
                     std::all_of(told.good.begin(), told.good.end(),
                                 [&](const auto& id) { return is_now(id, story::Mark::good); });
  if (!right) {
    note("some marks were wrong; these hold");
    tell_range();
  }
  for (const Index commit : weighed_search->belief().tested()) {
    if (!findings.about(commit)) tell_mark(commit);
  }
}

// Goes on after something was learnt: an answer, or what to do next.
void Bisection::State::proceed() {
  const Index best = weighed_search->best();
  if (weighed_search->probability(best) >= goal.confidence) {
    close_visit();
    settle_marks();
    return confirm(best);
  }
  if (not_in_range()) return;
  const auto next = weighed_search->choose(outlook({}, {}));
  if (!next) return nothing_to_tell();
  best_pace = next->pace;
  const bool one_board = std::all_of(all_runs.begin(), all_runs.end(),
                                     [this](const RunEnded& run) { return run.board == all_runs[0].board; });
  const bool next_in_turn = one_board && (!goal.build_ahead || kernels.built(graph.at(next->commit).id));
  if (next_in_turn && (!visit || visit->commit != next->commit)) turn_to(*next);
  if (visit && visit->commit == next->commit) visit = next;
}

// Whether the good end has the bug, as it seems by now: then an older one is looked for, or the search is
// over.
bool Bisection::State::not_in_range() {
  const double outside = weighed_search->belief().outside();
  const bool walk = !goal.good && !goal.fix && outside > 0.5 && older_release();
  if (!walk && outside < goal.confidence) return false;
  close_visit();
  const CommitId& id = graph.at(*good_end).id;
  if (goal.good) {
    end(story::GaveUp{"the commit given as good, " + name(*good_end) + ", has the bug. Start again with " +
                      (goal.fix ? "a newer" : "an older") + " good commit."});
  } else if (goal.fix) {
    end(story::StillBroken{id, tallies[id].crash, ""});
  } else {
    note("the verdict 'no crash' on " + name(*good_end) + " was wrong, as it seems by now");
    findings.drop(*good_end);
    oldest_bad = good_end;
    last_release = Verdict::bad;
    try_release();
  }
  return true;
}

// No run tells more: the candidates that are left cannot be told apart.
void Bisection::State::nothing_to_tell() {
  const bool older = weighed_search->belief().outside() > 1 - goal.confidence;
  inconclusive(older ? "the bug may be older than the range that was searched"
                     : "only commits that cannot be tested are left");
}

void Bisection::State::inconclusive(const std::string& why) {
  close_visit();
  settle_marks();
  story::Inconclusive result{{}, why};
  for (const auto& [commit, probability] : weighed_search->likeliest(goal.confidence, kMostCandidates)) {
    result.candidates.push_back(graph.at(commit).id);
    result.probabilities.push_back(probability);
  }
  end(std::move(result));
}

Outlook Bisection::State::outlook(std::vector<Expected> runs, const std::set<CommitId>& building) const {
  return {costs.costs(),
          [this, building](Index commit) -> std::optional<Duration> {
            const CommitId& id = graph.at(commit).id;
            if (findings.about(commit) == Findings::Kind::untestable) return std::nullopt;
            if (!clean_says_something(commit)) return std::nullopt;
            if (kernels.built(id)) return Duration{};
            const Duration build = costs.costs().build;
            return std::max(Duration{1}, building.contains(id) ? build / 2 : build);
          },
          std::move(runs), 1 - goal.confidence};
}

}  // namespace rigbisect
