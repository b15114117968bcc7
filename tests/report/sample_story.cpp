#include "sample_story.h"

namespace rigbisect {
namespace {

const CommitId kBad(40, 'b');
const CommitId kRelease(40, 'a');
const CommitId kGood(40, '9');
const CommitId kBroken(40, '1');
const CommitId kDead(40, '2');
const CommitId kMiddle(40, '3');
const CommitId kCulprit(40, 'c');
const char* const kCompiler = "gcc (Debian 12.2.0-14) 12.2.0";

CrashReport report(const char* title, const char* text) {
  CrashReport report;
  report.title = title;
  report.report = text;
  return report;
}

const CrashReport kCrash = report("KASAN: use-after-free Read in ring_read",
                                  "BUG: KASAN: use-after-free in ring_read+0x12/0x40\n"
                                  "Read of size 8 at addr ffff888004a1c000 by task repro/77\n");
const CrashReport kOther = report("WARNING in other_work", "WARNING: CPU: 0 PID: 5 at a.c:3 other_work\n");

story::Run run(int number, RunOutcome outcome) {
  return {number, std::move(outcome), "nuc-1", "", ""};
}

}  // namespace

std::vector<story::Item> sample_story() {
  using namespace story;
  const RunOutcome clean = Survived{std::chrono::seconds(60)};
  const RunOutcome crash = Crashed{{kCrash}, std::chrono::seconds(4), false};
  const RunOutcome other = Crashed{{kOther}, std::chrono::seconds(4), false};
  const RunOutcome silence = BootFailed{"kernel", "no line from the kernel for 60 s"};
  return {
      Started{kBad, false},
      Testing{kBad, kCompiler},
      run(0, clean),
      run(1, crash),
      RunsOver{Verdict::bad, ""},
      TestingRelease{"v6.1"},
      Testing{kRelease, kCompiler},
      run(0, crash),
      RunsOver{Verdict::bad, ""},
      TestingRelease{"v6.0"},
      Testing{kGood, kCompiler},
      run(0, clean),
      run(1, clean),
      run(2, clean),
      RunsOver{Verdict::good, ""},
      RangeFound{"v6.1", "v6.0", kRelease, kGood},
      Step{3, 2, kBroken, "ring: rename"},
      Testing{kBroken, kCompiler},
      BuildBroken{"drivers/misc/ring.c:120:9: error: 'x' undeclared"},
      Marked{Mark::skip, kBroken, "it does not build"},
      Step{3, 2, kDead, "ring: probe early"},
      Testing{kDead, kCompiler},
      run(0, silence),
      run(1, silence),
      RunsOver{Verdict::skip, "it does not boot: no line from the kernel for 60 s"},
      Marked{Mark::skip, kDead, "it does not boot"},
      Step{1, 1, kMiddle, "ring: statistics"},
      Testing{kMiddle, kCompiler},
      run(0, clean),
      run(1, BenchFault{{Errc::timeout, "no DHCP request from 52:54:00:12:34:56 within 60 s"}}),
      run(2, other),
      run(3, clean),
      run(4, clean),
      RunsOver{Verdict::good, ""},
      Marked{Mark::good, kMiddle, ""},
      Step{0, 0, kCulprit, "ring: drop the lock while copying"},
      Testing{kCulprit, kCompiler},
      run(0, crash),
      RunsOver{Verdict::bad, ""},
      Marked{Mark::bad, kCulprit, ""},
      Note{"board nuc-2 is set aside: stuck relay"},
      Testing{kMiddle, kCompiler},
      run(0, clean),
      run(1, clean),
      run(2, clean),
      RunsOver{Verdict::good, ""},
      Culprit{.commit = kCulprit,
              .confidence = 0.98765,
              .confirmation = "it crashed in 1 of 1 runs",
              .crash = kCrash},
  };
}

CommitDetails sample_culprit() {
  return {.id = kCulprit,
          .author = "Ann Author <ann@example.org>",
          .date = "Thu Aug 16 21:49:08 2018 +0200",
          .parents = {kMiddle},
          .message =
              "ring: drop the lock while copying\n\nIt is not needed there.\n\n"
              "Signed-off-by: Ann Author <ann@example.org>",
          .raw_diff = ":040000 040000 " + std::string(40, '4') + " " + std::string(40, '5') + " M\tdrivers\n",
          .cc = {"ann@example.org", "bob@example.org"}};
}

Totals sample_totals() {
  return {.revisions = 7,
          .runs = 18,
          .total = std::chrono::milliseconds(3'723'250),
          .build = std::chrono::seconds(600),
          .test = std::chrono::seconds(1080)};
}

}  // namespace rigbisect
