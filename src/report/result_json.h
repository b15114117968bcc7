#pragma once

#include <string>
#include <vector>

#include "bisect/story.h"
#include "report/totals.h"

namespace rigbisect {

// The result, all verdicts and what they rest on, for programs. One JSON object:
//   mode       "cause" or "fix"
//   from       the commit that the bisection started from
//   finished   whether there is a result
//   result     null, or {kind: "culprit" | "range" | "not_reproduced" | "oldest_bad" | "still_broken" |
//              "gave_up", commits: [...], why: "...", and for a culprit noop, release (null or a tag),
//              confidence (0 to 1), confirmation; crash: null or {title, type, report}}
//   verdicts   in order: {commit, compiler, verdict: "good" | "bad" | "skip" | "open", reason,
//              runs: [{number, board, outcome, text, console}]}; outcome: "survived", "crashed", "hung",
//              "boot_failed", "bench_fault"
//   notes      ["..."]
//   totals     {revisions, runs, total_s, build_s, test_s}
// Bytes that are not UTF-8 are replaced. Ends with a line feed.
std::string result_json(const std::vector<story::Item>& story, const Totals& totals);

}  // namespace rigbisect
