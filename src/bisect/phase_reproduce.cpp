#include "bisect/bisection_state.h"

namespace rigbisect {

void Bisection::State::reproduced(const Test& done) {
  const std::string runs =
      std::to_string(done.judgement.clean) + " run" + (done.judgement.clean == 1 ? "" : "s");
  switch (done.judgement.verdict) {
    case Verdict::open:
      return;
    case Verdict::good:
      return end(story::NotReproduced{"the bad commit " + short_id(done.commit) + " survived " + runs +
                                      ": check reproducer, config and symptom, or allow more runs"});
    case Verdict::skip:
      return end(story::NotReproduced{"the bad commit " + short_id(done.commit) +
                                      " cannot be tested: " + done.judgement.reason});
    case Verdict::bad:
      break;
  }
  findings.add_crash(*graph.find(done.commit));
  if (!goal.symptom) {
    std::vector<CrashReport> seen;
    for (const RunOutcome& outcome : done.outcomes) {
      const CrashReport* report = symptom_report(outcome, symptom());
      if (report != nullptr) seen.push_back(*report);
    }
    const Symptom learnt = symptom_from(seen);
    if (validate(learnt).ok()) seen_symptom = learnt;
    note("the bug is from now on: " + describe(symptom()));
  }
  find_good();
}

}  // namespace rigbisect
