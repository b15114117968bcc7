#pragma once

#include <optional>
#include <span>
#include <string>

#include "bisect/crash_model.h"
#include "bisect/outcome.h"
#include "crash/symptom.h"

// The one place where outcomes become evidence about a commit. Pure.
namespace rigbisect {

enum class Verdict {
  open,  // not enough runs yet
  good,
  bad,
  skip,  // cannot be tested
};

const char* to_string(Verdict verdict);

struct Judgement {
  Verdict verdict = Verdict::open;
  int clean = 0;       // runs that speak for good
  int crashed = 0;     // runs that show the symptom
  int undecided = 0;   // runs that say nothing about the symptom: other crashes, hangs, failed boots
  std::string reason;  // why a skip
};

// How many runs make a verdict. Only runs that are clean or show the symptom are counted.
struct VerdictRule {
  // A number alone: so many clean runs, or one crash.
  VerdictRule(int runs_in) : runs(runs_in) {}  // NOLINT(google-explicit-constructor)
  VerdictRule(int runs_in, int need_in, int first_in) : runs(runs_in), need(need_in), first(first_in) {}

  int runs;       // that make a commit good, at least 1
  int need = 1;   // crashes that make it bad
  int first = 1;  // are made whatever they show: as many as `runs` pays for every run
};

// What the runs of one commit, in any order, say about the symptom, once there are `rule.first` of them:
//   bad   `rule.need` runs show the symptom: a report of class same or family, also while booting; a hang if
//         the symptom is a hang
//   good  `rule.runs` runs are over without that
//   skip  the kernel never came up and failed twice at the same stage; or undecided runs are at least
//         max(2, rule.runs / 2) and more than the others, and it is not bad by what was seen
// A bench fault counts for nothing. A crash of another kind, noise, a hang and a failed boot are neither good
// nor bad. Never open for more than 2 * rule.runs + 2 runs without a fault.
Judgement judge(std::span<const RunOutcome> outcomes, const Symptom& symptom, const VerdictRule& rule);

// What a run says about the bug, for planners that weigh runs: a crash that is the symptom, or so much time
// without it (up to another crash or hang). nullopt: it says nothing (a bench fault, a failed boot).
std::optional<Observation> observe(const RunOutcome& outcome, const Symptom& symptom);

// The report of this run that shows the symptom: one of class same, else one of class family, else nullptr.
const CrashReport* symptom_report(const RunOutcome& outcome, const Symptom& symptom);

// As describe(outcome), but names the crash that shows the symptom where there are several.
std::string describe(const RunOutcome& outcome, const Symptom& symptom);

}  // namespace rigbisect
