// Planning time and memory of planner bayes against the size of the history. Prints a line per history.
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include <sys/resource.h>

#include "bisect/weighed_search.h"
#include "random_history.h"

namespace rigbisect {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point since) {
  return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

Commit commit(int number, std::vector<int> parents) {
  Commit made{.id = std::to_string(number), .parents = {}, .subject = "", .time = number, .tags = {}};
  for (const int parent : parents) made.parents.push_back(std::to_string(parent));
  return made;
}

CommitGraph chain(int size) {
  std::vector<Commit> commits;
  for (int i = 0; i < size; ++i)
    commits.push_back(commit(i, i > 0 ? std::vector<int>{i - 1} : std::vector<int>{}));
  return std::move(*CommitGraph::make(std::move(commits)));
}

// As the kernel grows: branches of some tens of commits that begin at an older merge, merged by subsystem
// trees which are merged again.
CommitGraph kernel_like(int size) {
  Dice dice(1);
  std::vector<Commit> commits{commit(0, {})};
  std::vector<int> merges{0};
  const auto grow = [&](int from, unsigned most) {
    for (std::size_t i = dice.below(most) + 1; i > 0; --i) {
      commits.push_back(commit(static_cast<int>(commits.size()), {from}));
      from = static_cast<int>(commits.size()) - 1;
    }
    return from;
  };
  while (static_cast<int>(commits.size()) < size) {
    const std::size_t back = std::min<std::size_t>(merges.size(), 30);
    int tree = merges[merges.size() - 1 - dice.below(back)];
    for (std::size_t i = dice.below(6); i > 0; --i) {
      const int topic = grow(merges[merges.size() - 1 - dice.below(back)], 40);
      tree = grow(tree, 3);
      commits.push_back(commit(static_cast<int>(commits.size()), {tree, topic}));
      tree = static_cast<int>(commits.size()) - 1;
    }
    tree = grow(tree, 10);
    commits.push_back(commit(static_cast<int>(commits.size()), {merges.back(), tree}));
    merges.push_back(static_cast<int>(commits.size()) - 1);
  }
  return std::move(*CommitGraph::make(std::move(commits)));
}

void measure(const char* name, const CommitGraph& graph) {
  const auto oldest = static_cast<CommitGraph::Index>(graph.size() - 1);
  Dice dice(7);
  const auto culprit = static_cast<CommitGraph::Index>(dice.below(graph.size() - 1));
  const Duration full = std::chrono::seconds(300);
  const Costs costs{std::chrono::seconds(320), std::chrono::seconds(60)};
  std::vector<bool> built(graph.size(), false);
  const Outlook outlook{
      costs,
      [&](CommitGraph::Index at) -> std::optional<Duration> { return built[at] ? Duration{} : costs.build; },
      {}};
  auto start = Clock::now();
  WeighedSearch search({graph, 0, {oldest}, {}}, false, {}, {}, full);
  for (int i = 0; i < 20; ++i) search.record(0, {i % 3 == 0, i % 3 == 0 ? full / 2 : full});
  auto visit = search.choose(outlook);
  const double first = milliseconds(start);
  double sum = 0;
  double longest = 0;
  int steps = 0;
  for (; visit && steps < 400 && search.probability(search.best()) < 0.97; ++steps) {
    const bool crash = graph.is_ancestor(culprit, visit->commit) && dice.chance(29);
    start = Clock::now();
    if (!built[visit->commit]) search.tested(visit->commit, true);
    built[visit->commit] = true;
    search.record(visit->commit, {crash, crash ? visit->time / 2 : visit->time});
    visit = search.choose(outlook);
    const double took = milliseconds(start);
    sum += took;
    longest = std::max(longest, took);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "%-22s %7zu candidates: first pick %8.1f ms, later mean %7.2f ms, longest %7.1f ms, %3d runs, %s, peak "
      "%ld MB\n",
      name, search.belief().candidates().size(), first, sum / std::max(steps, 1), longest, steps,
      search.best() == culprit ? "right" : "wrong", usage.ru_maxrss / 1024);
}

}  // namespace
}  // namespace rigbisect

int main() {
  using rigbisect::measure;
  for (const int size : {1'000, 15'200, 35'000, 120'000}) measure("chain", rigbisect::chain(size));
  for (const int size : {1'000, 15'200, 35'000, 120'000}) measure("merges", rigbisect::kernel_like(size));
  return 0;
}
