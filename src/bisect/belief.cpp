#include "bisect/belief.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace rigbisect {

Belief::Belief(Candidates candidates, Prior prior, bool fix, Duration full_run)
    : candidates_(std::move(candidates)),
      model_(full_run),
      fix_(fix),
      weights_(std::move(prior.weights)),
      class_of_(candidates_.size(), 1),
      classes_(2) {
  const double sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  for (double& weight : weights_) weight *= (1 - prior.outside) / sum;
  classes_[0].weight = prior.outside;
  for (std::size_t c = 0; c < 2; ++c) {
    const double weight = c == 0 ? prior.outside : 1 - prior.outside;
    for (const double point : model_.prior()) classes_[c].points.push_back(point * weight);
  }
  summarise_classes();
  normalise();
}

void Belief::record(Index commit, const Observation& seen) {
  const std::size_t t = place_of_test(commit);
  for_each_likelihood(t, seen, [&](std::size_t c, const std::vector<double>& likelihood) {
    Class& one = classes_[c];
    for (std::size_t i = 0; i < likelihood.size(); ++i) one.points[i] *= likelihood[i];
    if (!has_bug_[t][c]) one.false_crashes.add(seen.crashed, model_.share(seen.time));
  });
  normalise();
}

std::optional<double> Belief::certainty_after(Index commit, const Observation& seen) const {
  const auto t = test_of(commit);
  if (!t) return std::nullopt;
  double highest = 0;
  double total = 0;
  for_each_likelihood(*t, seen, [&](std::size_t c, const std::vector<double>& likelihood) {
    const Class& one = classes_[c];
    const double mass = std::inner_product(likelihood.begin(), likelihood.end(), one.points.begin(), 0.0);
    total += mass;
    if (c > 0) highest = std::max(highest, mass * one.likeliest_weight / one.weight);
  });
  return highest / total;
}

// Calls `use` with each class and, per point, the likelihood of what was seen of tested()[t] if the culprit
// is in there.
template <typename Use>
void Belief::for_each_likelihood(std::size_t t, const Observation& seen, Use use) const {
  std::vector<double> buggy(model_.size());
  std::vector<double> clean(model_.size());
  model_.likelihood(seen, buggy);
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    if (!has_bug_[t][c]) model_.false_likelihood(classes_[c].false_crashes, seen, clean);
    use(c, has_bug_[t][c] ? buggy : clean);
  }
}

std::optional<std::size_t> Belief::test_of(Index commit) const {
  const auto known = std::find(tested_.begin(), tested_.end(), commit);
  if (known == tested_.end()) return std::nullopt;
  return static_cast<std::size_t>(known - tested_.begin());
}

std::size_t Belief::place_of_test(Index commit) {
  if (const auto known = test_of(commit)) return *known;
  split(candidates_.ancestors(commit));
  tested_.push_back(commit);
  return tested_.size() - 1;
}

// Every class that the new test tells apart becomes two: one keeps its number, the ancestors get a new one.
void Belief::split(const std::vector<bool>& ancestors) {
  const std::size_t before = classes_.size();
  std::vector<std::size_t> inside(before, 0);
  std::vector<std::size_t> all(before, 0);
  for (Place place = 0; place < class_of_.size(); ++place) {
    ++all[class_of_[place]];
    inside[class_of_[place]] += ancestors[place] ? 1U : 0U;
  }
  std::vector<std::uint32_t> number(before);
  std::vector<bool> has_bug(before);
  has_bug[0] = true;
  for (std::size_t c = 1; c < before; ++c) {
    number[c] = static_cast<std::uint32_t>(c);
    has_bug[c] = (inside[c] > 0) != fix_;
    if (inside[c] == 0 || inside[c] == all[c]) continue;
    number[c] = static_cast<std::uint32_t>(classes_.size());
    classes_.push_back(classes_[c]);
    has_bug[c] = fix_;
    has_bug.push_back(!fix_);
    for (auto& row : has_bug_) row.push_back(row[c]);
  }
  if (classes_.size() > before) {
    for (Place place = 0; place < class_of_.size(); ++place) {
      if (ancestors[place]) class_of_[place] = number[class_of_[place]];
    }
    std::vector<double> weight_before;
    for (const Class& one : classes_) weight_before.push_back(one.weight);
    summarise_classes();
    for (std::size_t c = 1; c < classes_.size(); ++c) {
      const double part = classes_[c].weight / weight_before[c];
      for (double& point : classes_[c].points) point *= part;
    }
    normalise();
  }
  has_bug_.push_back(std::move(has_bug));
}

void Belief::summarise_classes() {
  for (std::size_t c = 1; c < classes_.size(); ++c) classes_[c].weight = classes_[c].likeliest_weight = 0;
  for (Class& one : classes_) one.entropy = 0;
  for (Place place = 0; place < class_of_.size(); ++place) {
    Class& one = classes_[class_of_[place]];
    one.weight += weights_[place];
    one.entropy -= weights_[place] * std::log2(weights_[place]);
    if (weights_[place] <= one.likeliest_weight) continue;
    one.likeliest = place;
    one.likeliest_weight = weights_[place];
  }
  for (Class& one : classes_) {
    if (one.weight > 0) one.entropy = one.entropy / one.weight + std::log2(one.weight);
  }
}

double Belief::entropy() const {
  double bits = 0;
  for (const Class& one : classes_) {
    if (one.mass > 0) bits += one.mass * (one.entropy - std::log2(one.mass));
  }
  return bits;
}

void Belief::normalise() {
  points_.assign(model_.size(), 0);
  double total = 0;
  for (Class& one : classes_) {
    one.mass = std::accumulate(one.points.begin(), one.points.end(), 0.0);
    total += one.mass;
  }
  for (Class& one : classes_) {
    one.mass /= total;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      one.points[i] /= total;
      points_[i] += one.points[i];
    }
  }
}

double Belief::probability(Place place) const {
  return classes_[class_of_[place]].mass * share(place);
}

double Belief::outside() const {
  return classes_[0].mass;
}

Belief::Place Belief::best() const {
  double highest = -1;
  Place best = 0;
  for (std::size_t c = 1; c < classes_.size(); ++c) {
    const double probability = classes_[c].mass * classes_[c].likeliest_weight / classes_[c].weight;
    if (probability <= highest) continue;
    highest = probability;
    best = classes_[c].likeliest;
  }
  return best;
}

std::optional<double> Belief::has_bug(Index commit) const {
  const auto known = test_of(commit);
  if (!known) return std::nullopt;
  const auto& row = has_bug_[*known];
  double sum = 0;
  for (std::size_t c = 0; c < classes_.size(); ++c) sum += row[c] ? classes_[c].mass : 0;
  return sum;
}

double Belief::false_rate() const {
  double sum = 0;
  for (const Class& one : classes_) sum += model_.false_rate(one.false_crashes, one.points);
  return sum;
}

double Belief::mean_rate() const {
  double sum = 0;
  for (std::size_t i = 0; i < points_.size(); ++i) sum += points_[i] * model_.rate(i);
  return sum;
}

}  // namespace rigbisect
