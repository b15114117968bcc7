#include "random_history.h"

#include <algorithm>

namespace rigbisect {
namespace {

constexpr std::int64_t kEpoch = 1'500'000'000;

CommitId take(Dice& dice, std::vector<CommitId>& tips) {
  const auto at = tips.begin() + static_cast<std::ptrdiff_t>(dice.below(tips.size()));
  CommitId tip = *at;
  tips.erase(at);
  return tip;
}

}  // namespace

std::vector<Commit> random_history(Dice& dice, std::size_t size) {
  std::vector<Commit> commits{{.id = "0", .parents = {}, .subject = "commit 0", .time = kEpoch, .tags = {}}};
  std::vector<CommitId> tips{"0"};
  std::int64_t time = kEpoch;
  const unsigned branching = static_cast<unsigned>(dice.below(40));
  for (std::size_t i = 1; i < size; ++i) {
    time += static_cast<std::int64_t>(dice.below(3));
    const std::int64_t wrong = dice.chance(3) ? static_cast<std::int64_t>(dice.below(9)) - 4 : 0;
    const std::string id = std::to_string(i);
    Commit commit{.id = id, .parents = {}, .subject = "commit " + id, .time = time + wrong, .tags = {}};
    const bool last = i + 1 == size;
    if (!last && dice.chance(branching)) {  // a branch from anywhere
      commit.parents = {commits[dice.below(commits.size())].id};
      std::erase(tips, commit.parents.front());
    } else {
      commit.parents = {take(dice, tips)};
      while (!tips.empty() && (last || (commit.parents.size() < 3 && dice.chance(branching)))) {
        commit.parents.push_back(take(dice, tips));
      }
    }
    tips.push_back(id);
    commits.push_back(std::move(commit));
  }
  return commits;
}

}  // namespace rigbisect
