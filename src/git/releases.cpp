#include "git/releases.h"

#include <algorithm>

namespace rigbisect::git {
namespace {

bool is_main_release(const std::string& tag) {
  const auto version = parse_release(tag);
  return version && version->is_main();
}

// Steps of one, then two, then three releases: the further back, the likelier that one old release is as good
// as the next.
bool is_step(std::size_t index) {
  if (index < 3) return true;
  return index < 11 ? index % 2 == 0 : index % 3 == 0;
}

}  // namespace

std::vector<std::string> pick_release_tags(const std::vector<std::string>& newest_first) {
  const auto first_main = std::find_if(newest_first.begin(), newest_first.end(), is_main_release);
  const auto leading = static_cast<std::size_t>(first_main - newest_first.begin());
  std::vector<std::string> picked(
      newest_first.begin(),
      newest_first.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(leading, 2)));
  if (leading > 5) picked.push_back(newest_first[leading / 2]);

  std::vector<std::string> mains;
  std::copy_if(first_main, newest_first.end(), std::back_inserter(mains), is_main_release);
  for (std::size_t i = 0; i < mains.size(); ++i) {
    if (is_step(i) || i + 1 == mains.size()) picked.push_back(mains[i]);
  }
  return picked;
}

}  // namespace rigbisect::git
