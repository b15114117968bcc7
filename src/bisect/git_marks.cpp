#include "bisect/git_marks.h"

namespace rigbisect {

GitMarks git_marks(const std::vector<story::Item>& story) {
  GitMarks marks;
  for (const story::Item& item : story) {
    if (const auto* range = std::get_if<story::RangeFound>(&item)) {
      marks = {.bad = range->bad, .good = {range->good}};
    } else if (const auto* marked = std::get_if<story::Marked>(&item)) {
      if (marked->mark == story::Mark::bad) marks.bad = marked->commit;
      if (marked->mark == story::Mark::good) marks.good.insert(marked->commit);
    }
  }
  return marks;
}

}  // namespace rigbisect
