#include "bisect/candidates.h"

#include <algorithm>

namespace rigbisect {
namespace {

constexpr Candidates::Place kNowhere = ~Candidates::Place{0};

}  // namespace

Candidates::Candidates(const SearchState& state)
    : graph_(&state.graph), commits_(candidates(state)), places_(state.graph.size(), kNowhere) {
  std::vector<Place> order(commits_.size());
  for (Place place = 0; place < order.size(); ++place) order[place] = place;
  renumber(order);
  line_ = make_line(0, std::vector<bool>(size(), true));
  renumber(line_.added);
  for (auto& member : line_.members) member.commit = static_cast<Place>(member.upto - 1);
  for (Place place = 0; place < line_.added.size(); ++place) line_.added[place] = place;
}

// Gives the commit at order[i] the place i.
void Candidates::renumber(const std::vector<Place>& order) {
  std::vector<Index> commits;
  commits.reserve(order.size());
  for (const Place place : order) commits.push_back(commits_[place]);
  commits_ = std::move(commits);
  for (Place place = 0; place < commits_.size(); ++place) places_[commits_[place]] = place;
  links_.clear();
  first_parent_of_.assign(1, 0);
  for (const Index commit : commits_) {
    for (const Index parent : graph_->parents(commit)) {
      if (places_[parent] != kNowhere) links_.push_back(places_[parent]);
    }
    first_parent_of_.push_back(links_.size());
  }
}

std::optional<Candidates::Place> Candidates::place(Index commit) const {
  const Place place = places_[commit];
  return place == kNowhere ? std::nullopt : std::optional(place);
}

std::span<const Candidates::Place> Candidates::parents(Place place) const {
  return {links_.data() + first_parent_of_[place], links_.data() + first_parent_of_[place + 1]};
}

Candidates::Line Candidates::line_to(Place tip, const std::vector<bool>& within) const {
  return make_line(tip, within);
}

Candidates::Line Candidates::make_line(Place tip, const std::vector<bool>& within) const {
  Line line;
  for (Place at = tip;;) {
    line.members.push_back({at, 0});
    const auto up = parents(at);
    if (up.empty() || !within[up.front()]) break;
    at = up.front();
  }
  std::reverse(line.members.begin(), line.members.end());
  std::vector<bool> seen(size(), false);
  std::vector<std::pair<Place, std::size_t>> open;  // commit, parents looked at
  for (auto& member : line.members) {
    seen[member.commit] = true;
    open.emplace_back(member.commit, 0);
    while (!open.empty()) {
      auto& [commit, looked] = open.back();
      const auto up = parents(commit);
      if (looked == up.size()) {
        line.added.push_back(commit);
        open.pop_back();
        continue;
      }
      const Place parent = up[looked++];
      if (seen[parent]) continue;
      seen[parent] = true;
      open.emplace_back(parent, 0);
    }
    member.upto = line.added.size();
  }
  return line;
}

std::vector<bool> Candidates::ancestors(Index commit) const {
  std::vector<bool> found(size(), false);
  if (places_[commit] == kNowhere) {
    const std::vector<bool> all = graph_->ancestors({commit});
    for (Place place = 0; place < size(); ++place) found[place] = all[commits_[place]];
    return found;
  }
  std::vector<Place> open{places_[commit]};
  found[open.front()] = true;
  while (!open.empty()) {
    const Place at = open.back();
    open.pop_back();
    for (const Place parent : parents(at)) {
      if (found[parent]) continue;
      found[parent] = true;
      open.push_back(parent);
    }
  }
  return found;
}

}  // namespace rigbisect
