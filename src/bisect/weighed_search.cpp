#include "bisect/weighed_search.h"

namespace rigbisect {
namespace {

// How far the crash's hints are trusted: the chance, before any run, that the culprit is among the suspects.
constexpr double kTrust = 0.5;

Prior prior_of(const Candidates& candidates, const std::map<CommitId, double>& suspects, double outside) {
  Prior prior{std::vector<double>(candidates.size(), 1 / static_cast<double>(candidates.size())), outside};
  std::map<Candidates::Place, double> hinted;
  double sum = 0;
  for (const auto& [id, weight] : suspects) {
    const auto index = candidates.graph().find(id);
    const auto place = index ? candidates.place(*index) : std::nullopt;
    if (!place || weight <= 0) continue;
    hinted[*place] = weight;
    sum += weight;
  }
  if (hinted.empty()) return prior;
  for (double& weight : prior.weights) weight *= 1 - kTrust;
  for (const auto& [place, weight] : hinted) prior.weights[place] += kTrust * weight / sum;
  return prior;
}

}  // namespace

WeighedSearch::WeighedSearch(const SearchState& range, bool fix, const std::map<CommitId, double>& suspects,
                             double outside, Duration full_run)
    : belief_([&] {
        Candidates candidates(range);
        Prior prior = prior_of(candidates, suspects, outside);
        return Belief(std::move(candidates), std::move(prior), fix, full_run);
      }()) {}

double WeighedSearch::probability(Index commit) const {
  const auto place = belief_.candidates().place(commit);
  return place ? belief_.probability(*place) : 0;
}

std::optional<Visit> WeighedSearch::choose(const Costs& costs, const BayesPlanner::Wait& wait) const {
  return planner_.choose(belief_, costs, wait);
}

}  // namespace rigbisect
