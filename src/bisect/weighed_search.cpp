#include "bisect/weighed_search.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/duration.h"

namespace rigbisect {
namespace {

// How far the crash's hints are trusted: the chance, before any run, that the culprit is among the suspects.
constexpr double kTrust = 0.45;
constexpr std::size_t kMostVisitsAhead = 3;
constexpr int kLastRunSteps = 20;  // its lengths that are looked at
constexpr std::array kCleanRuns{1, 2, 4, 8, 16};

// In bits, of whether something is so that has this chance.
double entropy(double chance) {
  const auto part = [](double p) { return p > 0 ? -p * std::log2(p) : 0; };
  return part(chance) + part(1 - chance);
}

Prior prior_of(const Candidates& candidates, const std::map<CommitId, double>& suspects,
               const Beyond& beyond) {
  const double commits = static_cast<double>(candidates.size()) + beyond.commits;
  Prior prior{std::vector<double>(candidates.size(), 1 / commits), beyond.commits / commits};
  std::map<Candidates::Place, double> hinted;
  double inside = 0;
  double elsewhere = 0;
  for (const auto& [id, weight] : suspects) {
    const auto index = candidates.graph().find(id);
    if (!index || weight <= 0) continue;
    if (const auto place = candidates.place(*index)) {
      hinted[*place] = weight;
      inside += weight;
    } else if (beyond.commits > 0) {
      elsewhere += weight;
    }
  }
  if (inside + elsewhere > 0) {
    for (double& weight : prior.weights) weight *= 1 - kTrust;
    for (const auto& [place, weight] : hinted) prior.weights[place] += kTrust * weight / (inside + elsewhere);
    prior.outside = (1 - kTrust) * prior.outside + kTrust * elsewhere / (inside + elsewhere);
  }
  prior.outside = beyond.chance + (1 - beyond.chance) * prior.outside;
  return prior;
}

}  // namespace

WeighedSearch::WeighedSearch(const SearchState& range, bool fix, const std::map<CommitId, double>& suspects,
                             const Beyond& beyond, Duration full_run)
    : belief_([&] {
        Candidates candidates(range);
        Prior prior = prior_of(candidates, suspects, beyond);
        return Belief(std::move(candidates), std::move(prior), fix, full_run);
      }()) {}

void WeighedSearch::tested(Index commit, bool works) {
  if (const auto place = belief_.candidates().place(commit)) testability_.record(*place, works);
  if (works) belief_.expect(commit);
}

double WeighedSearch::probability(Index commit) const {
  const auto place = belief_.candidates().place(commit);
  return place ? belief_.probability(*place) : 0;
}

std::vector<std::pair<WeighedSearch::Index, double>> WeighedSearch::likeliest(double confidence,
                                                                              std::size_t most) const {
  const Candidates& candidates = belief_.candidates();
  std::vector<std::pair<double, Candidates::Place>> all;
  for (Candidates::Place place = 0; place < candidates.size(); ++place) {
    all.emplace_back(-belief_.probability(place), place);
  }
  most = std::min(most, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(most), all.end());
  std::vector<std::pair<Index, double>> found;
  double sum = 0;
  for (std::size_t i = 0; i < most && sum < confidence; ++i) {
    found.emplace_back(candidates.commit(all[i].second), -all[i].first);
    sum -= all[i].first;
  }
  return found;
}

double WeighedSearch::has_bug(Index commit) const {
  if (const auto known = belief_.has_bug(commit)) return *known;
  const std::vector<bool> ancestors = belief_.candidates().ancestors(commit);
  double sum = belief_.outside();
  for (Candidates::Place place = 0; place < ancestors.size(); ++place) {
    if (ancestors[place] != belief_.fix()) sum += belief_.probability(place);
  }
  return sum;
}

int WeighedSearch::clean_runs_until(Index commit, double has_bug, int most) const {
  Belief belief = belief_;
  belief.expect(commit);
  int runs = 0;
  for (; runs < most && belief.has_bug(commit).value_or(0) > has_bug; ++runs) {
    belief.record(commit, {false, belief.model().full_run(), 1});
  }
  return runs;
}

std::optional<Duration> WeighedSearch::time_left(const Costs& costs, Duration build,
                                                 double confidence) const {
  const double pace = planner_.usual_pace(belief_, costs, build);
  if (pace <= 0) return std::nullopt;
  const double bits = std::max(0.0, belief_.entropy() - entropy(confidence));
  return from_seconds(bits / pace);
}

std::optional<Visit> WeighedSearch::choose(const Outlook& outlook) const {
  auto visit = planner_.choose(belief_, testability_, outlook);
  if (!visit) return visit;
  const Duration enough = time_enough(*visit, 1 - outlook.doubt);
  if (enough == visit->time) return visit;
  visit->time = enough;
  visit->runs = 1;
  visit->cost = outlook.costs.boot + enough;
  return visit;
}

// If a clean run can end the search: the shortest that does.
Duration WeighedSearch::time_enough(const Visit& visit, double confidence) const {
  const auto ends = [&](Duration time) {
    return belief_.certainty_after(visit.commit, {false, time, 1}).value_or(0) >= confidence;
  };
  if (!ends(visit.time)) return visit.time;
  const Duration step = visit.time / kLastRunSteps;
  int enough = kLastRunSteps;
  while (enough > 1 && ends(step * (enough - 1))) --enough;
  return step * enough;
}

std::optional<Visit> WeighedSearch::assess(const Outlook& outlook, Index commit) const {
  return planner_.assess(belief_, testability_, outlook, commit);
}

std::vector<WeighedSearch::Index> WeighedSearch::ahead(const Outlook& outlook,
                                                       const std::vector<Visit>& under_way) const {
  std::vector<const Visit*> visits;
  for (const Visit& visit : under_way) {
    const bool known = std::any_of(visits.begin(), visits.end(),
                                   [&](const Visit* other) { return other->commit == visit.commit; });
    if (!known && visits.size() < kMostVisitsAhead) visits.push_back(&visit);
  }
  std::vector<Index> wanted;
  for (const bool crash : {true, false}) {
    for (const Visit* visit : visits) {
      const auto next = after(outlook, *visit, crash);
      if (next && std::find(wanted.begin(), wanted.end(), *next) == wanted.end()) wanted.push_back(*next);
    }
  }
  return wanted;
}

// What would be visited after this visit: after a crash, or after as many clean runs as it takes to leave it.
std::optional<WeighedSearch::Index> WeighedSearch::after(const Outlook& outlook, const Visit& visit,
                                                         bool crash) const {
  for (const int runs : kCleanRuns) {
    const auto next =
        choose({outlook.costs, outlook.wait, {{visit.commit, crash, crash ? 1 : runs}}, outlook.doubt});
    if (!next) return std::nullopt;
    if (crash || next->commit != visit.commit) return next->commit;
  }
  return std::nullopt;
}

}  // namespace rigbisect
