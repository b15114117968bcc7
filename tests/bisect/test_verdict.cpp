#include <vector>

#include <doctest/doctest.h>

#include "bisect/confidence.h"
#include "bisect/verdict.h"

namespace rigbisect {
namespace {

CrashReport report(const std::string& title, const std::string& type, const std::string& frame) {
  CrashReport report;
  report.title = title;
  report.type = type;
  report.frame = frame;
  return report;
}

const CrashReport kBug =
    report("KASAN: use-after-free Read in ring_read", "KASAN-USE-AFTER-FREE-READ", "ring_read");
const CrashReport kWarning = report("WARNING in other_work", "WARNING", "other_work");
const Symptom kSymptom{Symptom::Kind::title, {kBug.title}};

struct Row {
  const char* name;
  int runs;
  int clean, crashed, faults, other, boot, hung;
  Verdict verdict;
};

const Row kRows[] = {
    {"nothing yet", 10, 0, 0, 0, 0, 0, 0, Verdict::open},
    {"all clean", 10, 10, 0, 0, 0, 0, 0, Verdict::good},
    {"one clean run short", 10, 9, 0, 0, 0, 0, 0, Verdict::open},
    {"a single crash decides", 10, 9, 1, 0, 0, 0, 0, Verdict::bad},
    {"a crash decides beside many bench faults", 10, 0, 1, 8, 1, 0, 0, Verdict::bad},
    {"a crash decides beside failed boots", 10, 0, 1, 0, 0, 3, 0, Verdict::bad},
    {"bench faults alone say nothing", 10, 0, 0, 50, 0, 0, 0, Verdict::open},
    {"clean runs among bench faults", 10, 10, 0, 8, 0, 0, 0, Verdict::good},
    {"clean runs among some hangs", 10, 10, 0, 0, 0, 0, 5, Verdict::good},
    {"one failed boot says nothing", 10, 0, 0, 0, 0, 1, 0, Verdict::open},
    {"two failed boots", 10, 0, 0, 0, 0, 2, 0, Verdict::skip},
    {"two failed boots beside a bench fault", 10, 0, 0, 3, 0, 2, 0, Verdict::skip},
    {"two failed boots of a kernel that can boot", 10, 3, 0, 0, 0, 2, 0, Verdict::open},
    {"half of the runs hit by another crash", 10, 0, 0, 0, 5, 0, 0, Verdict::skip},
    {"some other crashes are waited out", 10, 0, 0, 0, 4, 0, 0, Verdict::open},
    {"as many other crashes as clean runs", 10, 6, 0, 0, 6, 0, 0, Verdict::open},
    {"more other crashes than clean runs", 10, 6, 0, 0, 7, 0, 0, Verdict::skip},
    {"hangs are no verdict but a skip", 10, 0, 0, 0, 0, 0, 5, Verdict::skip},
    {"few runs wanted: two undecided ones skip", 1, 0, 0, 0, 2, 0, 0, Verdict::skip},
};

std::vector<RunOutcome> outcomes_of(const Row& row) {
  std::vector<RunOutcome> outcomes;
  for (int i = 0; i < row.clean; ++i) outcomes.emplace_back(Survived{std::chrono::seconds(60)});
  for (int i = 0; i < row.crashed; ++i) outcomes.emplace_back(Crashed{{kBug}, {}, false});
  for (int i = 0; i < row.faults; ++i) outcomes.emplace_back(BenchFault{{Errc::io, "relay"}});
  for (int i = 0; i < row.other; ++i) outcomes.emplace_back(Crashed{{kWarning}, {}, false});
  for (int i = 0; i < row.boot; ++i) outcomes.emplace_back(BootFailed{"kernel", "silence"});
  for (int i = 0; i < row.hung; ++i) outcomes.emplace_back(Hung{"no heartbeat", {}});
  return outcomes;
}

TEST_CASE("the verdict on a commit follows the table") {
  for (const Row& row : kRows) {
    const std::string name = row.name;
    CAPTURE(name);
    const Judgement judgement = judge(outcomes_of(row), kSymptom, row.runs);
    CHECK(std::string(to_string(judgement.verdict)) == to_string(row.verdict));
    CHECK(judgement.clean == row.clean);
    CHECK(judgement.crashed == row.crashed);
    CHECK(judgement.undecided == row.other + row.boot + row.hung);
    CHECK(judgement.reason.empty() == (row.verdict != Verdict::skip));
  }
}

TEST_CASE("a crash while booting counts if it is the symptom") {
  const std::vector<RunOutcome> outcomes{Crashed{{kBug}, {}, true}};
  CHECK(judge(outcomes, kSymptom, 8).verdict == Verdict::bad);
}

TEST_CASE("a crash of the same type in the same function counts") {
  const CrashReport relative =
      report("KASAN: use-after-free Write in ring_read", "KASAN-USE-AFTER-FREE-WRITE", "ring_read");
  const std::vector<RunOutcome> outcomes{Crashed{{kWarning, relative}, {}, false}};
  CHECK(judge(outcomes, kSymptom, 8).verdict == Verdict::bad);
  CHECK(describe(outcomes.front(), kSymptom) == "crashed: KASAN: use-after-free Write in ring_read");
}

TEST_CASE("a hang counts only if a hang is the symptom") {
  const std::vector<RunOutcome> outcomes{Hung{"no heartbeat for 15 s", {}}};
  CHECK(judge(outcomes, {Symptom::Kind::hang, {}}, 8).verdict == Verdict::bad);
  CHECK(judge(outcomes, {Symptom::Kind::any_crash, {}}, 8).verdict == Verdict::open);
}

TEST_CASE("a reboot counts only if the symptom says so") {
  const std::vector<RunOutcome> outcomes{
      Crashed{{report("unexpected kernel reboot", "REBOOT", "")}, {}, false}};
  CHECK(judge(outcomes, {Symptom::Kind::reboot, {}}, 8).verdict == Verdict::bad);
  CHECK(judge(outcomes, kSymptom, 8).verdict == Verdict::open);
}

TEST_CASE("failed boots at different stages are not the same failure") {
  const std::vector<RunOutcome> outcomes{BootFailed{"kernel", "silence"}, BootFailed{"ready", "no hello"}};
  CHECK(judge(outcomes, kSymptom, 8).verdict == Verdict::open);
}

TEST_CASE("a skip says why") {
  const std::vector<RunOutcome> boots{BootFailed{"kernel", "silence"}, BootFailed{"kernel", "silence"}};
  CHECK(judge(boots, kSymptom, 8).reason == "it does not boot: silence");
  const std::vector<RunOutcome> warnings(4, Crashed{{kWarning}, {}, false});
  CHECK(judge(warnings, kSymptom, 8).reason ==
        "4 of 4 runs say nothing about the bug; the last of them crashed: WARNING in other_work");
}

TEST_CASE("no sequence of outcomes stays open for long") {
  for (int runs = 1; runs <= 12; ++runs) {
    for (int clean = 0; clean <= runs; ++clean) {
      Row row{"", runs, clean, 0, 0, 0, 0, 2 * runs + 2 - clean, Verdict::open};
      CHECK(judge(outcomes_of(row), kSymptom, runs).verdict != Verdict::open);
    }
  }
}

TEST_CASE("confidence is the product over the good commits") {
  CHECK(reproduction_rate(0, 0) == doctest::Approx(0.5));
  CHECK(reproduction_rate(8, 0) == doctest::Approx(0.9));
  const std::vector<int> runs{2, 2};
  CHECK(chance_all_good(0.5, runs) == doctest::Approx(0.5625));
  CHECK(chance_all_good(0.5, {}) == doctest::Approx(1));
}

}  // namespace
}  // namespace rigbisect
