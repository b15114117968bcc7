#include "bisect/bisection_state.h"

namespace rigbisect {

// The good end is given, or the releases are walked; mode fix: it is given, or the newest commit is tested.
void Bisection::State::find_good() {
  phase = Phase::find_good;
  if (goal.good) {
    findings.add_clean(*graph.find(*goal.good));
    return announce_range();
  }
  if (!goal.fix) return try_release();
  if (graph.at(0).id == goal.bad) {
    return end(story::StillBroken{goal.bad, tallies[goal.bad].crash});
  }
  note("testing the newest commit");
  begin(graph.at(0).id, rule());
}

void Bisection::State::good_end_tested(const Test& done) {
  const Index commit = *graph.find(done.commit);
  if (goal.fix) return newest_tested(done, commit);
  release_tested(done, commit);
}

void Bisection::State::try_release() {
  phase = Phase::find_good;
  const Index bad = *findings.newer();
  while (next_release < releases.size()) {
    const auto& [tag, commit] = releases[next_release++];
    if (findings.about(commit) || !graph.is_ancestor(commit, bad)) continue;
    story.emplace_back(story::TestingRelease{tag});
    return begin(graph.at(commit).id, rule());
  }
  if (last_release == Verdict::skip) {
    return end(story::GaveUp{"no good release was found: the last one tested, " + releases.back().first +
                             ", cannot be tested. Give a good commit."});
  }
  if (!last_release) {
    return end(
        story::GaveUp{"there is no release older than " + name(bad) + " to test. Give a good commit."});
  }
  const CommitId oldest = graph.at(bad).id;
  end(story::OldestBad{oldest, tallies[oldest].crash});
}

void Bisection::State::release_tested(const Test& done, Index commit) {
  last_release = done.judgement.verdict;
  if (done.judgement.verdict == Verdict::good) {
    findings.add_clean(commit);
    return announce_range();
  }
  if (done.judgement.verdict == Verdict::bad) {
    findings.add_crash(commit);
  } else {
    findings.add_untestable(commit, done.judgement.reason);
    note(name(commit) + " cannot be tested: " + done.judgement.reason);
  }
  try_release();
}

void Bisection::State::newest_tested(const Test& done, Index commit) {
  if (done.judgement.verdict == Verdict::bad) {
    return end(story::StillBroken{done.commit, tallies[done.commit].crash});
  }
  if (done.judgement.verdict == Verdict::skip) {
    return end(story::GaveUp{"the newest commit " + short_id(done.commit) +
                             " cannot be tested: " + done.judgement.reason +
                             ". Try again when it has been repaired, or give a good commit."});
  }
  findings.add_clean(commit);
  announce_range();
}

}  // namespace rigbisect
