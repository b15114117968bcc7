#include "bisect/testability.h"

#include <array>
#include <cmath>
#include <iterator>
#include <limits>

namespace rigbisect {
namespace {

// Before anything is known: one in two hundred is broken.
constexpr double kBrokenSeen = 0.1;
constexpr double kSeen = 20;
constexpr std::array kBrokenLengths{1.5, 6.0, 25.0, 100.0, 400.0};  // of broken stretches, in commits

// The chance to be in state `to`, `distance` commits from one in state `from` (works).
double passes(bool from, bool to, double distance, double share, double length) {
  const double memory = std::exp(-distance / (length * (1 - share)));
  const double works = 1 - share + ((from ? 1.0 : 0.0) - (1 - share)) * memory;
  return to ? works : 1 - works;
}

}  // namespace

void Testability::record(Place place, bool works) {
  const auto [entry, is_new] = known_.insert({place, works});
  if (!is_new) {
    broken_ -= entry->second ? 0 : 1;
    entry->second = works;
  }
  broken_ += works ? 0 : 1;
}

double Testability::broken_share() const {
  return (broken_ + kBrokenSeen) / (static_cast<double>(known_.size()) + kSeen);
}

// The likeliest of kBrokenLengths for what is known.
double Testability::length() const {
  double best = kBrokenLengths[1];
  double highest = -std::numeric_limits<double>::infinity();
  for (const double length : kBrokenLengths) {
    double likelihood = 0;
    for (auto next = known_.begin(); next != known_.end(); ++next) {
      if (next == known_.begin()) continue;
      const auto before = std::prev(next);
      const double distance = next->first - before->first;
      likelihood += std::log(passes(before->second, next->second, distance, broken_share(), length));
    }
    if (likelihood <= highest) continue;
    highest = likelihood;
    best = length;
  }
  return best;
}

double Testability::chance(Place place) const {
  const auto above = known_.lower_bound(place);
  if (above != known_.end() && above->first == place) return above->second ? 1 : 0;
  if (all_work()) return 1 - broken_share();
  const double share = broken_share();
  const double stretch = length();
  double works = 1 - share;
  double broken = share;
  if (above != known_.begin()) {
    const auto below = std::prev(above);
    const double distance = place - below->first;
    works = passes(below->second, true, distance, share, stretch);
    broken = passes(below->second, false, distance, share, stretch);
  }
  if (above != known_.end()) {
    const double distance = above->first - place;
    works *= passes(true, above->second, distance, share, stretch);
    broken *= passes(false, above->second, distance, share, stretch);
  }
  return works / (works + broken);
}

}  // namespace rigbisect
