#pragma once

#include <string>
#include <vector>

#include "bisect/story.h"
#include "report/totals.h"

namespace rigbisect {

// The facts of a published bisection log: what a story of ours would have held.
struct PublishedFacts {
  std::vector<story::Item> story;
  CommitDetails culprit;
  Totals totals;
};

// Reads the facts out of the text of such a log. `runs`: runs per commit, which "all runs: ..." stands for.
// Lines of no meaning to us ("building syzkaller on ...") are passed over. Fails the test case on a line that
// it does not understand.
PublishedFacts read_published(const std::string& text, int runs);

}  // namespace rigbisect
