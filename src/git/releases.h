#pragma once

#include <string>
#include <vector>

#include "base/release.h"

namespace rigbisect::git {

// A release tag of a repository, and the commit it stands on.
struct ReleaseTag {
  std::string name;
  ReleaseVersion version;
  std::string commit;
};

// Which of these release tags (newest first) to try when looking for a good end: every one of the newest,
// then with growing steps, always the oldest. Of sub-releases (and candidates) that lead the list the two
// newest and, if there are more than five, the middle one. Pure.
std::vector<std::string> pick_release_tags(const std::vector<std::string>& newest_first);

}  // namespace rigbisect::git
