#include <algorithm>

#include "bisect/bisection_state.h"

namespace rigbisect {
namespace {

constexpr double kSettled = 0.1;  // chance of the bug in an end that the search may begin with
constexpr int kMostEndRuns = 500;

}  // namespace

// The good end is given, or the releases are walked; mode fix: it is given, or the newest commit is tested.
void Bisection::State::find_good() {
  phase = Phase::find_good;
  if (goal.good) {
    good_end = *graph.find(*goal.good);
    findings.add_clean(*good_end);
    return announce_range();
  }
  if (!goal.fix) return try_release();
  if (graph.at(0).id == goal.bad) {
    return end(story::StillBroken{goal.bad, tallies[goal.bad].crash, ""});
  }
  note("testing the newest commit");
  test_end(0);
}

// Planner bayes believes an end after as many clean runs as its doubt takes; classic has its fixed number.
void Bisection::State::test_end(Index commit) {
  good_end = commit;
  if (!bayes()) return begin(graph.at(commit).id, rule());
  weigh_again();
  const int runs = weighed_search->clean_runs_until(commit, kSettled, kMostEndRuns);
  begin(graph.at(commit).id, {std::max(1, runs), 1, 1});
}

// What an end is taken for; open: more runs are needed.
Verdict Bisection::State::believed(Index commit) const {
  const double has_bug = weighed_search->has_bug(commit);
  if (has_bug <= kSettled) return Verdict::good;
  return has_bug >= 1 - kSettled ? Verdict::bad : Verdict::open;
}

void Bisection::State::good_end_tested(const Test& done) {
  Verdict verdict = done.judgement.verdict;
  if (bayes() && verdict != Verdict::skip) {
    weigh_again();
    verdict = believed(*good_end);
    if (verdict == Verdict::open) return test_end(*good_end);
  }
  return goal.fix ? newest_tested(done, verdict) : release_tested(done, verdict);
}

// The next one to test, as an index into `releases`.
std::optional<std::size_t> Bisection::State::older_release() const {
  for (std::size_t i = next_release; i < releases.size(); ++i) {
    const Index commit = releases[i].second;
    if (!findings.about(commit) && graph.is_ancestor(commit, *findings.newer())) return i;
  }
  return std::nullopt;
}

void Bisection::State::try_release() {
  phase = Phase::find_good;
  const auto older = older_release();
  if (!older) return no_release_left();
  next_release = *older + 1;
  story.emplace_back(story::TestingRelease{releases[*older].first});
  test_end(releases[*older].second);
}

void Bisection::State::no_release_left() {
  if (last_release == Verdict::skip) {
    return end(story::GaveUp{"no good release was found: the last one tested, " + releases.back().first +
                             ", cannot be tested. Give a good commit."});
  }
  if (!last_release) {
    return end(story::GaveUp{"there is no release older than " + name(*findings.newer()) +
                             " to test. Give a good commit."});
  }
  const CommitId oldest = graph.at(oldest_bad.value_or(*findings.newer())).id;
  end(story::OldestBad{oldest, tallies[oldest].crash});
}

void Bisection::State::release_tested(const Test& done, Verdict verdict) {
  const Index commit = *good_end;
  last_release = verdict;
  if (verdict == Verdict::good) {
    findings.add_clean(commit);
    return announce_range();
  }
  if (verdict == Verdict::bad) {
    oldest_bad = commit;
    // To planner bayes no crash is an end: it may have been another bug.
    if (!bayes()) findings.add_crash(commit);
  } else {
    findings.add_untestable(commit, done.judgement.reason);
    note(name(commit) + " cannot be tested: " + done.judgement.reason);
  }
  try_release();
}

void Bisection::State::newest_tested(const Test& done, Verdict verdict) {
  if (verdict == Verdict::bad) {
    return end(story::StillBroken{done.commit, tallies[done.commit].crash, ""});
  }
  if (verdict == Verdict::skip) {
    return end(story::StillBroken{done.commit, tallies[goal.bad].crash,
                                  "it cannot be tested: " + done.judgement.reason +
                                      ". Try again when it has been repaired, or give a good commit."});
  }
  findings.add_clean(*good_end);
  announce_range();
}

}  // namespace rigbisect
