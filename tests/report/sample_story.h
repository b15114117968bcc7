#pragma once

#include <vector>

#include "bisect/story.h"
#include "report/totals.h"

namespace rigbisect {

// A small bisection with everything in it: a release walk, a crash of another kind, a commit that does not
// build, one that does not boot, a bench fault, a confirmation. tests/data/bisect-log/sample.log is its log.
std::vector<story::Item> sample_story();
CommitDetails sample_culprit();
Totals sample_totals();

}  // namespace rigbisect
