#include "shared_history.h"

#include <doctest/doctest.h>

namespace rigbisect {
namespace {

class Author {
 public:
  void commit(int number, std::vector<int> parents) {
    Commit commit{.id = std::to_string(number),
                  .parents = {},
                  .subject = "commit " + std::to_string(number),
                  .time = ++time_,
                  .tags = {}};
    for (const int parent : parents) commit.parents.push_back(std::to_string(parent));
    if (number % 100 == 0) commit.tags = {"v" + std::to_string(number / 100) + ".0"};
    commits.push_back(std::move(commit));
  }

  std::vector<Commit> commits;

 private:
  std::int64_t time_ = 0;
};

}  // namespace

CommitGraph shared_history(bool side_branch) {
  Author author;
  int previous = 0;
  const auto on_the_line = [&](int number, std::vector<int> merged = {}) {
    if (previous != 0) merged.insert(merged.begin(), previous);
    author.commit(number, std::move(merged));
    previous = number;
  };
  for (int release = 400; release <= 900; release += 100) {
    if (release == 700) author.commit(650, {500});
    if (release == 800) {
      author.commit(790, {700});
      author.commit(791, {790});
      author.commit(792, {791});
    }
    for (int number = release; number <= release + 5; ++number) {
      if (number == 700) {
        on_the_line(number, {650});
      } else if (number == 804) {
        on_the_line(number, {792});
      } else {
        on_the_line(number);
      }
    }
  }
  if (side_branch) {
    author.commit(851, {800});
    author.commit(852, {851});
  }
  auto graph = CommitGraph::make(std::move(author.commits));
  REQUIRE(graph.ok());
  return std::move(*graph);
}

}  // namespace rigbisect
