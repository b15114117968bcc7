#pragma once

#include <optional>
#include <set>
#include <vector>

#include "bisect/story.h"

namespace rigbisect {

// What `git bisect` knows once the marks of a story were told to it. It keeps every good commit, but of the
// bad ones only the last.
struct GitMarks {
  std::optional<CommitId> bad = {};
  std::set<CommitId> good = {};

  bool operator==(const GitMarks&) const = default;
};

// Since the range was last told. Linear in the story.
GitMarks git_marks(const std::vector<story::Item>& story);

}  // namespace rigbisect
