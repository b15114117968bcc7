#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "bisect/commit_graph.h"
#include "bisect/outcome.h"

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
};
// The runs of the commit under test are over (a verdict follows, or the phase needs none).
struct RunsOver {};
// The commit under test does not build.
struct BuildBroken {
  std::string first_error;
};
// "# git bisect start BAD GOOD", names as given by the user or release tags
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
// "# git bisect good HASH"
struct Marked {
  Mark mark = Mark::skip;
  CommitId commit;
  std::string reason;  // for skip: why; else empty
};
// The result; at most one of these, last.
struct Culprit {
  CommitId commit;
  bool no_op = false;        // its kernel is the same binary as its parent's
  double confidence = 0;     // 0..1
  std::string confirmation;  // "the culprit crashed in 5 of 8 runs, its parent in 0 of 8"
};
// The culprit cannot be told from commits that could not be tested.
struct Inconclusive {
  std::vector<CommitId> candidates;
  std::string why;
};
struct NotReproduced {
  std::string why;
};
// Every release tested crashes: the bug is older than this commit.
struct OldestBad {
  CommitId oldest;
};
struct GaveUp {
  std::string why;  // no board left, all releases untestable, ...
};

using Item = std::variant<Started, TestingRelease, Testing, Run, RunsOver, BuildBroken, RangeFound, Step,
                          Marked, Culprit, Inconclusive, NotReproduced, OldestBad, GaveUp>;

}  // namespace rigbisect::story
