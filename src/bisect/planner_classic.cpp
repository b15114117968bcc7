#include "bisect/planner_classic.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>

#include "bisect/reach.h"

// Follows bisect.c of git 2.39: do_find_bisection(), approx_halfway(), best_bisection(),
// best_bisection_sorted(), managed_skipped(), skip_away() and estimate_bisect_steps().
namespace rigbisect {
namespace {

using Index = CommitGraph::Index;

struct Weighed {
  Index commit;
  std::int64_t weight;  // candidates that are its ancestors, itself included
};

std::int64_t distance(const Weighed& entry, std::int64_t all) {
  return std::min(entry.weight, all - entry.weight);
}

bool approx_halfway(const Weighed& entry, std::int64_t all) {
  const std::int64_t off = std::abs(2 * entry.weight - all);
  return off <= 1 || off < all / 1024;
}

// Oldest first, as git's find_bisection() reverses the list of the walk.
std::vector<Weighed> weigh(const SearchState& state) {
  std::vector<Index> list = candidates(state);
  std::reverse(list.begin(), list.end());
  const std::vector<std::uint32_t> weights = count_reach(state.graph, list);
  std::vector<Weighed> weighed;
  weighed.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) weighed.push_back({list[i], weights[i]});
  return weighed;
}

// The order in which git comes to know the weights matters, for it takes the first that is about halfway:
// roots of the range are known (and not looked at), then come merges in list order, then whatever has a
// parent with a known weight, pass by pass.
class Halfway {
 public:
  Halfway(const SearchState& state, const std::vector<Weighed>& list)
      : state_(state), list_(list), inside_(state.graph.size(), false), known_(state.graph.size(), false) {
    for (const Weighed& entry : list_) inside_[entry.commit] = true;
  }

  const Weighed& find() {
    if (const Weighed* found = among_merges()) return *found;
    if (const Weighed* found = among_the_rest()) return *found;
    const auto all = static_cast<std::int64_t>(list_.size());
    return *std::max_element(list_.begin(), list_.end(), [all](const Weighed& a, const Weighed& b) {
      return distance(a, all) < distance(b, all);
    });
  }

 private:
  std::size_t parents_inside(Index commit) const {
    const auto& parents = state_.graph.parents(commit);
    return static_cast<std::size_t>(
        std::count_if(parents.begin(), parents.end(), [this](Index parent) { return inside_[parent]; }));
  }

  bool half(const Weighed& entry) const {
    return approx_halfway(entry, static_cast<std::int64_t>(list_.size()));
  }

  const Weighed* among_merges() {
    for (const Weighed& entry : list_) {
      const std::size_t parents = parents_inside(entry.commit);
      if (parents == 1) continue;
      known_[entry.commit] = true;
      if (parents > 1 && half(entry)) return &entry;
    }
    return nullptr;
  }

  const Weighed* among_the_rest() {
    const auto known = [this](Index parent) { return inside_[parent] && known_[parent]; };
    for (bool progress = true; progress;) {
      progress = false;
      for (const Weighed& entry : list_) {
        const auto& parents = state_.graph.parents(entry.commit);
        if (known_[entry.commit] || std::none_of(parents.begin(), parents.end(), known)) continue;
        known_[entry.commit] = progress = true;
        if (half(entry)) return &entry;
      }
    }
    return nullptr;
  }

  const SearchState& state_;
  const std::vector<Weighed>& list_;
  std::vector<bool> inside_;
  std::vector<bool> known_;
};

// git's "pseudo random number generator", seeded with the number of testable commits.
std::uint32_t get_prn(std::uint32_t count) {
  return ((count * 1103515245U + 12345U) / 65536U) % 32768U;
}

// Newton's method in single precision, cut off as git cuts it off: the result is part of the choice.
std::int64_t sqrti(std::int64_t value) {
  if (value == 0) return 0;
  float x = static_cast<float>(value);
  float step = 0;
  do {
    const float y = (x + static_cast<float>(value) / x) / 2;
    step = y > x ? y - x : x - y;
    x = y;
  } while (step >= 0.5F);
  return static_cast<std::int64_t>(x);
}

Index skip_away(const std::vector<Weighed>& testable, Index bad) {
  const auto count = static_cast<std::int64_t>(testable.size());
  const std::int64_t prn = get_prn(static_cast<std::uint32_t>(count));
  const std::int64_t place = (count * prn / 32768) * sqrti(prn) / sqrti(32768);
  if (place >= count) return testable.front().commit;
  const auto at = static_cast<std::size_t>(place);
  if (testable[at].commit != bad) return testable[at].commit;
  return testable[at == 0 ? 0 : at - 1].commit;
}

// The best commit that was not skipped, or if the best one was, one some way off. The list is sorted by it.
std::optional<Index> managed_skipped(const SearchState& state, std::vector<Weighed>& list) {
  const auto all = static_cast<std::int64_t>(list.size());
  std::sort(list.begin(), list.end(), [&](const Weighed& a, const Weighed& b) {
    const std::int64_t by = distance(a, all) - distance(b, all);
    return by != 0 ? by > 0 : state.graph.at(a.commit).id < state.graph.at(b.commit).id;
  });
  std::vector<bool> skipped(state.graph.size(), false);
  for (const Index commit : state.skipped) skipped[commit] = true;
  if (!skipped[list.front().commit]) return list.front().commit;
  std::vector<Weighed> testable;
  std::copy_if(list.begin(), list.end(), std::back_inserter(testable),
               [&](const Weighed& entry) { return !skipped[entry.commit]; });
  if (testable.empty()) return std::nullopt;
  return skip_away(testable, state.bad);
}

}  // namespace

int estimate_bisect_steps(std::size_t candidates) {
  if (candidates < 3) return 0;
  const int log = static_cast<int>(std::bit_width(candidates)) - 1;
  const std::size_t power = std::size_t{1} << log;
  return power < 3 * (candidates - power) ? log : log - 1;
}

std::optional<Pick> ClassicPlanner::pick(const SearchState& state) const {
  std::vector<Weighed> list = weigh(state);
  if (list.empty()) return std::nullopt;
  std::optional<Index> commit;
  std::int64_t reaches = 0;
  if (state.skipped.empty()) {
    const Weighed& best = Halfway(state, list).find();
    commit = best.commit;
    reaches = best.weight;
  } else {
    commit = managed_skipped(state, list);
    reaches = list.front().weight;
  }
  if (!commit || *commit == state.bad) return std::nullopt;
  const auto left = static_cast<std::int64_t>(list.size()) - reaches - 1;
  return Pick{*commit, static_cast<std::size_t>(left), estimate_bisect_steps(list.size())};
}

}  // namespace rigbisect
