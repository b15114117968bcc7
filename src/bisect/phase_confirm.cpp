#include <algorithm>
#include <cmath>

#include "bisect/bisection_state.h"

namespace rigbisect {
namespace {

constexpr int kMostConfirmRuns = 200;

std::string share(const Tally& tally) {
  return std::to_string(tally.crashed) + " of " + std::to_string(tally.crashed + tally.clean) + " runs";
}

}  // namespace

// What must run clean before the culprit is believed: its parents, which may lie outside of the history; in
// mode fix the culprit itself.
std::vector<CommitId> Bisection::State::to_confirm(Index culprit) const {
  if (goal.confirm_runs == 0) return {};
  return goal.fix ? std::vector<CommitId>{graph.at(culprit).id} : graph.at(culprit).parents;
}

// So many clean runs of a kernel with the bug would be no likelier than the answer is to be wrong; what was
// asked for at least.
int Bisection::State::confirm_runs() const {
  const double rate = weighed_search ? weighed_search->belief().mean_rate() : this->rate();
  const double runs = std::ceil(std::log(1 - goal.confidence) / std::log(1 - std::min(rate, 0.999)));
  return std::max(goal.confirm_runs, static_cast<int>(std::min(runs, 1.0 * kMostConfirmRuns)));
}

void Bisection::State::confirm(Index culprit) {
  phase = Phase::confirm;
  const Commit& commit = graph.at(culprit);
  confirmation = Confirmation{.culprit = commit.id, .commits = to_confirm(culprit)};
  const bool crashed = goal.fix || tallies[commit.id].crashed > 0;
  if (goal.confirm_runs > 0 && !crashed) confirmation.must_crash = commit.id;
  if (commit.parents.size() == 1) confirmation.signatures = {commit.parents.front(), commit.id};
  add_revert();
}

void Bisection::State::add_revert() {
  if (!goal.without || goal.fix || confirmation.culprit == goal.bad) return;
  auto reverted = goal.without(goal.bad, confirmation.culprit);
  if (!reverted) return note("no run of the bad commit without the culprit: " + reverted.error().what);
  confirmation.reverted = std::move(*reverted);
  confirmation.commits.push_back(*confirmation.reverted);
}

// Whether something was begun or the result is there; otherwise a build is waited for.
bool Bisection::State::confirm_next() {
  for (const CommitId& commit : confirmation.signatures) {
    if (!kernels.settled(commit)) return false;
  }
  if (confirmation.must_crash) {
    begin(*confirmation.must_crash, confirm_runs());
  } else if (confirmation.next < confirmation.commits.size()) {
    const CommitId& commit = confirmation.commits[confirmation.next];
    // Planner bayes weighs the runs that the search has made of it, as those of now.
    const int made = bayes() ? tallies[commit].clean : 0;
    if (made >= confirm_runs()) {
      confirmed(Test{.commit = commit, .rule = 1});
    } else {
      begin(commit, confirm_runs() - made);
    }
  } else {
    conclude();
  }
  return true;
}

void Bisection::State::crash_confirmed(const Test& done) {
  if (done.judgement.verdict == Verdict::bad) {
    confirmation.must_crash.reset();
    return;
  }
  note("the culprit so far, " + short_id(done.commit) + ", does not show the bug: the search is reopened");
  weigh();
}

void Bisection::State::confirmed(const Test& done) {
  if (confirmation.must_crash) return crash_confirmed(done);
  const bool reverted = confirmation.reverted == done.commit;
  const std::string who = goal.fix   ? "it"
                          : reverted ? "the bad commit without it"
                                     : "its parent " + short_id(done.commit);
  if (done.judgement.verdict == Verdict::bad && reverted) {
    note("the bad commit shows the bug without the culprit, too: another commit brings it as well");
  } else if (done.judgement.verdict == Verdict::bad) {
    note((goal.fix ? "the fix so far, " : "a parent of the culprit so far, ") + short_id(done.commit) +
         ", shows the bug: the search is reopened");
    return bayes() ? weigh() : reopen(done.commit);
  }
  ++confirmation.next;
  if (done.judgement.verdict == Verdict::skip) {
    confirmation.results.push_back(who + " could not be tested (" + done.judgement.reason + ")");
  } else {
    confirmation.results.push_back(who + " in " + share(tallies[done.commit]));
  }
}

void Bisection::State::conclude() {
  weigh_again();
  const Index index = *graph.find(confirmation.culprit);
  if (bayes() && posterior(index) < goal.confidence) {
    note("the runs that were to confirm " + short_id(confirmation.culprit) + " leave it in doubt");
    return weigh();
  }
  if (bayes()) settle_marks();
  const Commit& commit = graph.at(index);
  story::Culprit culprit{.commit = commit.id, .fix = goal.fix};
  if (!confirmation.signatures.empty()) {
    const std::string parent = kernels.signature(confirmation.signatures[0]);
    culprit.no_op = !parent.empty() && parent == kernels.signature(confirmation.signatures[1]);
  }
  if (!commit.tags.empty()) culprit.release = commit.tags.front();
  culprit.confidence = posterior(index);
  const CommitId& crashing = goal.fix ? goal.bad : commit.id;
  culprit.crash = tallies[crashing].crash;
  culprit.confirmation = (goal.fix ? short_id(crashing) : "it") + " crashed in " + share(tallies[crashing]);
  for (const std::string& result : confirmation.results) culprit.confirmation += ", " + result;
  end(std::move(culprit));
}

}  // namespace rigbisect
