#include <algorithm>

#include "bisect/bisection_state.h"

namespace rigbisect {

// Tells the range as `git bisect` would have to be told it.
void Bisection::State::tell_range() {
  const SearchState range = bayes() ? whole_range() : findings.range();
  const Index first_good = range.good.front();
  story.emplace_back(
      story::RangeFound{name(range.bad), name(first_good), graph.at(range.bad).id, graph.at(first_good).id});
  for (const Index commit : range.good) {
    if (commit != first_good) story.emplace_back(story::Marked{story::Mark::good, graph.at(commit).id, ""});
  }
  for (const auto& finding : findings.all()) {
    if (finding.kind != Findings::Kind::untestable) continue;
    story.emplace_back(story::Marked{story::Mark::skip, graph.at(finding.commit).id, finding.reason});
  }
}

void Bisection::State::announce_range() {
  tell_range();
  phase = Phase::search;
  search();
}

void Bisection::State::search() {
  if (bayes()) return weigh();
  const SearchState range = findings.range();
  pick = planner->pick(range);
  if (pick) {
    const Commit& commit = graph.at(pick->commit);
    story.emplace_back(story::Step{pick->left, pick->steps, commit.id, commit.subject});
    return begin(commit.id, rule());
  }
  const std::vector<Index> left = candidates(range);
  if (left.size() == 1) return confirm(left.front());
  if (left.empty()) {
    return end(story::GaveUp{"no commit is left between " + name(range.bad) +
                             " and the good ones: the results contradict each other"});
  }
  story::Inconclusive result{{}, "only commits that cannot be tested are left"};
  for (const Index commit : left) result.candidates.push_back(graph.at(commit).id);
  end(std::move(result));
}

// In mode fix a branch that left before the bad commit may be clean because the bug was not there yet.
bool Bisection::State::clean_says_something(Index commit) const {
  return !goal.fix || graph.is_ancestor(*graph.find(goal.bad), commit);
}

void Bisection::State::searched(const Test& done) {
  const Index commit = *graph.find(done.commit);
  std::string reason = done.judgement.reason;
  story::Mark mark = story::Mark::skip;
  if (done.judgement.verdict == Verdict::bad) {
    findings.add_crash(commit);
    mark = goal.fix ? story::Mark::good : story::Mark::bad;
  } else if (done.judgement.verdict == Verdict::good && clean_says_something(commit)) {
    findings.add_clean(commit);
    mark = goal.fix ? story::Mark::bad : story::Mark::good;
  } else {
    if (reason.empty())
      reason = "it does not contain " + name(*graph.find(goal.bad)) + ": the bug may be younger";
    findings.add_untestable(commit, reason);
  }
  story.emplace_back(story::Marked{mark, done.commit, mark == story::Mark::skip ? reason : ""});
  search();
}

// Whether the range still has an end that no crash has contradicted: in mode cause the good commit given or a
// release, for they bound the history; in mode fix any clean commit.
bool Bisection::State::range_stands() const {
  const auto clean = findings.of(Findings::Kind::clean);
  if (goal.fix) return !clean.empty();
  return std::any_of(clean.begin(), clean.end(), [this](Index commit) {
    const bool release = std::any_of(releases.begin(), releases.end(),
                                     [commit](const auto& entry) { return entry.second == commit; });
    return goal.good ? graph.at(commit).id == *goal.good : release;
  });
}

// `crashed` shows the bug, but the search relied on it, or on a descendant (mode fix: an ancestor), being
// clean. Goes on without the verdicts that this contradicts.
void Bisection::State::reopen(const CommitId& crashed) {
  const auto index = graph.find(crashed);
  if (!index) {
    return end(
        story::GaveUp{"the bug is older than the good commit: " + short_id(crashed) +
                      ", an ancestor of it, shows the bug too. Start again with an older good commit."});
  }
  for (const Index dropped : findings.add_crash(*index)) {
    note("the verdict 'no crash' on " + short_id(graph.at(dropped).id) + " was wrong: " + short_id(crashed) +
         " crashes");
  }
  if (range_stands()) return announce_range();
  if (goal.fix) return end(story::StillBroken{crashed, tallies[crashed].crash, ""});
  if (goal.good) {
    return end(story::GaveUp{"the commit given as good, " + name(*graph.find(*goal.good)) +
                             ", has the bug: " + short_id(crashed) +
                             " shows it. Start again with an older good commit."});
  }
  try_release();
}

}  // namespace rigbisect
