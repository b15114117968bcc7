#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "bisect/commit_graph.h"
#include "bisect/outcome.h"
#include "bisect/verdict.h"

// The story of a bisection: what it decided and learnt, item by item, in the order of the published kernel
// bisection logs. Bisection writes it as events are recorded (so replaying the events tells the same story);
// the report room turns it into text, JSON and a log for `git bisect replay`.
namespace rigbisect::story {

// "bisecting cause commit starting from HASH"
struct Started {
  CommitId from;
  bool fix = false;
};
// "testing release v4.19"
struct TestingRelease {
  std::string tag;
};
// "testing commit HASH with COMPILER"
struct Testing {
  CommitId commit;
  std::string compiler;
};
// One run of the commit under test: "run #0: OK". The report joins equal ones to "all runs: OK" once Runs
// complete.
struct Run {
  int number = 0;
  RunOutcome outcome;
  std::string board;
  std::string console;
  std::string text;  // "OK", "crashed: TITLE" with the title that shows the symptom, ...
};
// The runs of the commit under test are over. `verdict` is about the bug (in mode fix, too); open: the test
// was broken off.
struct RunsOver {
  Verdict verdict = Verdict::open;
  std::string reason;  // for skip: why
};
// The commit under test does not build.
struct BuildBroken {
  std::string first_error;
};
// "# git bisect start BAD GOOD", names as given by the user or release tags. A second one follows when a
// verdict was reopened: what was marked before it no longer counts.
struct RangeFound {
  std::string bad_name;
  std::string good_name;
  CommitId bad;
  CommitId good;
};
// "Bisecting: N revisions left to test after this (roughly K steps)" and "[HASH] subject"
struct Step {
  std::size_t left = 0;
  int steps = 0;
  CommitId commit;
  std::string subject;
};
enum class Mark { good, bad, skip };

const char* to_string(Mark mark);  // the word that git uses
// "# git bisect good HASH". In mode fix as the field does it: what still crashes is marked good, what no
// longer does is marked bad, so that git finds the first commit without the bug.
struct Marked {
  Mark mark = Mark::skip;
  CommitId commit;
  std::string reason;  // for skip: why; else empty
};
// Something worth knowing that is no decision: a board was set aside, a verdict was reopened. One line.
struct Note {
  std::string text;
};
// The result; at most one of these, last.
struct Culprit {
  CommitId commit;
  bool no_op = false;                     // its kernel is the same binary as its only parent's
  std::string release = {};               // the release tag on it, "" if none
  double confidence = 0;                  // 0..1, see confidence.h; 0: not known
  std::string confirmation = {};          // "it crashed in 2 of 3 runs, its parent 1a2b... in 0 of 8"
  std::optional<CrashReport> crash = {};  // the bug as it was seen: on the culprit (fix: on the bad commit)
  bool fix = false;                       // it fixes the bug instead of causing it
};
// The culprit cannot be told from commits that could not be tested.
struct Inconclusive {
  std::vector<CommitId> candidates;
  std::string why;
  std::vector<double> probabilities = {};  // of the candidates; empty if not known
};
struct NotReproduced {
  std::string why;
};
// Every release tested crashes: the bug is older than this commit.
struct OldestBad {
  CommitId oldest;
  std::optional<CrashReport> crash;
};
// Mode fix: the newest commit still crashes, or cannot be tested; its fix may come yet.
struct StillBroken {
  CommitId newest;
  std::optional<CrashReport> crash;
  std::string why;  // it cannot be tested, and what to do; "": it crashes
};
struct GaveUp {
  std::string why;  // no board left, all releases untestable, ...
};

using Item = std::variant<Started, TestingRelease, Testing, Run, RunsOver, BuildBroken, RangeFound, Step,
                          Marked, Note, Culprit, Inconclusive, NotReproduced, OldestBad, StillBroken, GaveUp>;

}  // namespace rigbisect::story
