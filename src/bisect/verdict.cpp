#include "bisect/verdict.h"

#include <algorithm>
#include <map>

namespace rigbisect {
namespace {

// How much likelier a crash of the bug's family is to be another bug than one with its very title.
constexpr double kFamilyDoubt = 4;

enum class Meaning { nothing, clean, crashed, undecided };

Meaning meaning(const RunOutcome& outcome, const Symptom& symptom) {
  if (std::holds_alternative<BenchFault>(outcome)) return Meaning::nothing;
  if (std::holds_alternative<Survived>(outcome)) return Meaning::clean;
  if (symptom_report(outcome, symptom) != nullptr) return Meaning::crashed;
  const bool hang = std::holds_alternative<Hung>(outcome) && symptom.kind == Symptom::Kind::hang;
  return hang ? Meaning::crashed : Meaning::undecided;
}

// The boot stage at which at least two runs failed, if no run got further; else nullptr.
const BootFailed* never_boots(std::span<const RunOutcome> outcomes) {
  std::map<std::string, int> failures;
  const BootFailed* repeated = nullptr;
  for (const RunOutcome& outcome : outcomes) {
    if (std::holds_alternative<BenchFault>(outcome)) continue;
    const auto* failed = std::get_if<BootFailed>(&outcome);
    if (failed == nullptr) return nullptr;
    if (++failures[failed->stage] >= 2) repeated = failed;
  }
  return repeated;
}

std::string undecided_reason(std::span<const RunOutcome> outcomes, const Judgement& so_far,
                             const Symptom& symptom) {
  const auto last = std::find_if(outcomes.rbegin(), outcomes.rend(), [&](const RunOutcome& outcome) {
    return meaning(outcome, symptom) == Meaning::undecided;
  });
  return std::to_string(so_far.undecided) + " of " +
         std::to_string(so_far.undecided + so_far.clean + so_far.crashed) +
         " runs say nothing about the bug; the last of them " + describe(*last);
}

}  // namespace

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::open:
      return "open";
    case Verdict::good:
      return "good";
    case Verdict::bad:
      return "bad";
    case Verdict::skip:
      return "skip";
  }
  return "?";
}

Judgement judge(std::span<const RunOutcome> outcomes, const Symptom& symptom, const VerdictRule& rule) {
  Judgement judgement;
  for (const RunOutcome& outcome : outcomes) {
    const Meaning says = meaning(outcome, symptom);
    judgement.clean += says == Meaning::clean ? 1 : 0;
    judgement.crashed += says == Meaning::crashed ? 1 : 0;
    judgement.undecided += says == Meaning::undecided ? 1 : 0;
  }
  const int counted = judgement.clean + judgement.crashed;
  const bool bad = judgement.crashed >= rule.need;
  const int patience = std::max(2, rule.runs / 2);
  const bool hopeless = judgement.undecided >= patience && judgement.undecided > counted;
  if (bad && (counted >= rule.first || hopeless)) {
    judgement.verdict = Verdict::bad;
  } else if (!bad && counted >= rule.runs) {
    judgement.verdict = Verdict::good;
  } else if (const BootFailed* failed = never_boots(outcomes)) {
    judgement.verdict = Verdict::skip;
    judgement.reason = "it does not boot: " + failed->why;
  } else if (hopeless) {
    judgement.verdict = Verdict::skip;
    judgement.reason = undecided_reason(outcomes, judgement, symptom);
  }
  return judgement;
}

std::optional<Observation> observe(const RunOutcome& outcome, const Symptom& symptom) {
  if (const auto* survived = std::get_if<Survived>(&outcome)) return Observation{false, survived->ran};
  if (const auto* hung = std::get_if<Hung>(&outcome)) {
    return Observation{symptom.kind == Symptom::Kind::hang, hung->after};
  }
  const auto* crashed = std::get_if<Crashed>(&outcome);
  if (crashed == nullptr) return std::nullopt;
  const Duration after = crashed->during_boot ? Duration{} : crashed->after;
  const CrashReport* report = symptom_report(outcome, symptom);
  if (report == nullptr) return Observation{false, after};
  const bool same = classify(*report, symptom) == CrashClass::same;
  return Observation{true, after, same ? 1 : kFamilyDoubt};
}

const CrashReport* symptom_report(const RunOutcome& outcome, const Symptom& symptom) {
  const auto* crashed = std::get_if<Crashed>(&outcome);
  if (crashed == nullptr) return nullptr;
  const CrashReport* family = nullptr;
  for (const CrashReport& report : crashed->reports) {
    const CrashClass found = classify(report, symptom);
    if (found == CrashClass::same) return &report;
    if (found == CrashClass::family && family == nullptr) family = &report;
  }
  return family;
}

std::string describe(const RunOutcome& outcome, const Symptom& symptom) {
  const CrashReport* report = symptom_report(outcome, symptom);
  return report != nullptr ? "crashed: " + report->title : describe(outcome);
}

}  // namespace rigbisect
