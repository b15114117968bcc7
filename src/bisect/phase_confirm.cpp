#include <algorithm>

#include "bisect/bisection_state.h"
#include "bisect/confidence.h"

namespace rigbisect {
namespace {

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

void Bisection::State::confirm(Index culprit) {
  phase = Phase::confirm;
  const Commit& commit = graph.at(culprit);
  confirmation = Confirmation{.culprit = commit.id, .commits = to_confirm(culprit)};
  if (commit.parents.size() == 1) confirmation.signatures = {commit.parents.front(), commit.id};
}

// Whether something was begun or the result is there; otherwise a build is waited for.
bool Bisection::State::confirm_next() {
  for (const CommitId& commit : confirmation.signatures) {
    if (!kernels.settled(commit)) return false;
  }
  if (confirmation.next < confirmation.commits.size()) {
    begin(confirmation.commits[confirmation.next], goal.confirm_runs);
  } else {
    conclude();
  }
  return true;
}

void Bisection::State::confirmed(const Test& done) {
  const std::string who = goal.fix ? "it" : "its parent " + short_id(done.commit);
  if (done.judgement.verdict == Verdict::bad) {
    note((goal.fix ? "the fix so far, " : "a parent of the culprit so far, ") + short_id(done.commit) +
         ", shows the bug: the search is reopened");
    return weighed_search ? weigh() : reopen(done.commit);
  }
  ++confirmation.next;
  if (done.judgement.verdict == Verdict::skip) {
    confirmation.results.push_back(who + " could not be tested (" + done.judgement.reason + ")");
  } else {
    confirmation.results.push_back(who + " in 0 of " + std::to_string(done.judgement.clean) + " runs");
  }
}

void Bisection::State::conclude() {
  if (weighed_search) weigh_again();
  const Index index = *graph.find(confirmation.culprit);
  const Commit& commit = graph.at(index);
  story::Culprit culprit{.commit = commit.id, .fix = goal.fix};
  if (!confirmation.signatures.empty()) {
    const std::string parent = kernels.signature(confirmation.signatures[0]);
    culprit.no_op = !parent.empty() && parent == kernels.signature(confirmation.signatures[1]);
  }
  if (!commit.tags.empty()) culprit.release = commit.tags.front();
  std::vector<int> clean_runs;
  for (const Index clean : findings.of(Findings::Kind::clean)) {
    if (graph.at(clean).id != goal.good) clean_runs.push_back(tallies[graph.at(clean).id].clean);
  }
  culprit.confidence = weighed_search ? posterior(index) : chance_all_good(rate(), clean_runs);
  const CommitId& crashing = goal.fix ? goal.bad : commit.id;
  culprit.crash = tallies[crashing].crash;
  culprit.confirmation = (goal.fix ? short_id(crashing) : "it") + " crashed in " + share(tallies[crashing]);
  for (const std::string& result : confirmation.results) culprit.confirmation += ", " + result;
  end(std::move(culprit));
}

}  // namespace rigbisect
