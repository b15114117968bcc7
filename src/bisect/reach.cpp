#include "bisect/reach.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <utility>

namespace rigbisect {
namespace {

using Position = std::uint32_t;

constexpr std::size_t kWords = 8;
constexpr std::size_t kBits = kWords * 64;
using Row = std::array<std::uint64_t, kWords>;

// The list again with ancestors first, and each member's parents as positions in that.
struct Climb {
  std::vector<Position> order;                             // of the list, ancestors first
  std::vector<std::pair<std::size_t, std::size_t>> spans;  // of `parents`, by place in `order`
  std::vector<Position> parents;                           // places in `order`
};

Climb climb(const CommitGraph& graph, const std::vector<CommitGraph::Index>& list) {
  constexpr Position outside = ~Position{0};
  Climb climb;
  climb.order.resize(list.size());
  std::iota(climb.order.begin(), climb.order.end(), Position{0});
  std::stable_sort(climb.order.begin(), climb.order.end(), [&](Position a, Position b) {
    return graph.generation(list[a]) < graph.generation(list[b]);
  });
  std::vector<Position> place(graph.size(), outside);
  for (Position i = 0; i < climb.order.size(); ++i) place[list[climb.order[i]]] = i;
  for (const Position member : climb.order) {
    const std::size_t first = climb.parents.size();
    for (const auto parent : graph.parents(list[member])) {
      if (place[parent] != outside) climb.parents.push_back(place[parent]);
    }
    climb.spans.emplace_back(first, climb.parents.size());
  }
  return climb;
}

// Without merges there is nothing that two ways lead to. Returns false, with nothing counted, if there are.
bool count_lines(const Climb& up, std::vector<std::uint32_t>& count) {
  const auto merges = [](const auto& span) { return span.second - span.first > 1; };
  if (std::any_of(up.spans.begin(), up.spans.end(), merges)) return false;
  for (std::size_t i = 0; i < up.order.size(); ++i) {
    const auto [first, last] = up.spans[i];
    count[up.order[i]] = first == last ? 1 : count[up.order[up.parents[first]]] + 1;
  }
  return true;
}

}  // namespace

// A bit per commit would be quadratic in memory; so each pass follows the next kBits targets up through all
// that may reach them, which is nothing older than the first of them.
std::vector<std::uint32_t> count_reach(const CommitGraph& graph,
                                       const std::vector<CommitGraph::Index>& list) {
  const Climb up = climb(graph, list);
  std::vector<std::uint32_t> count(list.size(), 0);
  if (count_lines(up, count)) return count;
  std::vector<Row> rows(list.size());
  for (std::size_t first = 0; first < list.size(); first += kBits) {
    for (std::size_t i = first; i < list.size(); ++i) {
      Row row{};
      if (i - first < kBits) row[(i - first) / 64] |= std::uint64_t{1} << ((i - first) % 64);
      for (std::size_t p = up.spans[i].first; p < up.spans[i].second; ++p) {
        if (up.parents[p] < first) continue;
        const Row& parent = rows[up.parents[p]];
        for (std::size_t word = 0; word < kWords; ++word) row[word] |= parent[word];
      }
      int bits = 0;
      for (const std::uint64_t word : row) bits += std::popcount(word);
      count[up.order[i]] += static_cast<std::uint32_t>(bits);
      rows[i] = row;
    }
  }
  return count;
}

}  // namespace rigbisect
