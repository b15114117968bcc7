#include "bisect/bisection_state.h"

namespace rigbisect {
namespace {

bool crashed_in_boot(const RunOutcome& outcome) {
  const auto* crashed = std::get_if<Crashed>(&outcome);
  return crashed != nullptr && crashed->during_boot;
}

// The crashes by which the bug will be known. One before the reproducer began is only taken if there are no
// others: it is rather the machine's, such as a timer that does not work now and then.
std::vector<CrashReport> reproductions(const std::vector<RunOutcome>& outcomes, const Symptom& symptom) {
  std::vector<CrashReport> in_boot;
  std::vector<CrashReport> later;
  for (const RunOutcome& outcome : outcomes) {
    const CrashReport* report = symptom_report(outcome, symptom);
    if (report != nullptr) (crashed_in_boot(outcome) ? in_boot : later).push_back(*report);
  }
  return later.empty() ? in_boot : later;
}

}  // namespace

void Bisection::State::not_reproduced(const Test& done) {
  const bool base = goal.reported && done.commit == goal.bad;
  const std::string who = (base ? "the merge base " : "the bad commit ") + short_id(done.commit);
  if (done.judgement.verdict == Verdict::skip) {
    return end(story::NotReproduced{who + " cannot be tested: " + done.judgement.reason});
  }
  const std::string survived = who + " survived " + std::to_string(done.judgement.clean) + " run" +
                               (done.judgement.clean == 1 ? "" : "s") + ": ";
  end(story::NotReproduced{survived + (base ? "the bug came on the branch of " + short_id(*goal.reported) +
                                                  ", so no commit of the other one has fixed it"
                                            : "check reproducer, config and symptom, or allow more runs")});
}

void Bisection::State::reproduced(const Test& done) {
  if (done.judgement.verdict == Verdict::open) return;
  if (done.judgement.verdict != Verdict::bad) return not_reproduced(done);
  const auto crashing = graph.find(done.commit);
  if (crashing && done.commit == goal.bad) findings.add_crash(*crashing);
  if (!goal.symptom && done.commit == goal.reported.value_or(goal.bad)) {
    const Symptom learnt = symptom_from(reproductions(done.outcomes, symptom()));
    if (validate(learnt).ok()) seen_symptom = learnt;
    note("the bug is from now on: " + describe(symptom()));
  }
  if (done.commit == goal.bad) return find_good();
  note("testing the merge base: without the bug in it, the other branch has not fixed it");
  begin(goal.bad, reproduce_rule());
}

}  // namespace rigbisect
