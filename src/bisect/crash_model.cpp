#include "bisect/crash_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace rigbisect {
namespace {

constexpr int kRates = 40;
constexpr double kLowestRate = 0.008;  // and 1 - that is the highest
constexpr double kRare = 0.1;          // rates below it
constexpr int kEarlyShapes = 14;
constexpr double kEarlyOften = 0.4;    // belief that crashes come early at all
constexpr double kStragglers = 0.04;   // of the crashes of an early shape: anywhere in the run
constexpr double kLongestMean = 0.25;  // of the whole run; later is hardly told from uniform
constexpr double kMeanStep = 0.66;

double logit(double p) {
  return std::log(p / (1 - p));
}

}  // namespace

double CrashModel::Shape::by(double share) const {
  if (mean == 0) return share;
  const double early = (1 - std::exp(-share / mean)) / (1 - std::exp(-1 / mean));
  return kStragglers * share + (1 - kStragglers) * early;
}

double CrashModel::Shape::density(double share) const {
  if (mean == 0) return 1;
  const double early = std::exp(-share / mean) / mean / (1 - std::exp(-1 / mean));
  return kStragglers + (1 - kStragglers) * early;
}

// The mean of the times up to `share`, as a share of the whole run.
double CrashModel::Shape::mean_by(double share) const {
  if (mean == 0 || share <= 0) return share / 2;
  const double x = share / mean;
  const double early = mean - share * std::exp(-x) / (1 - std::exp(-x));
  return early;
}

// Even in log-odds, with weights that make every rate alike likely; of rare bugs, every magnitude. Were every
// rate alike likely there, too, a few crashes that came early would make a rare bug look frequent, and its
// clean runs would count for too much.
CrashModel::CrashModel(Duration full_run) : full_run_(full_run) {
  const double lowest = logit(kLowestRate);
  for (int i = 0; i < kRates; ++i) {
    rates_.push_back(1 / (1 + std::exp(-(lowest - 2 * lowest * i / (kRates - 1)))));
  }
  shapes_.push_back({0});
  for (int i = 0; i < kEarlyShapes; ++i) shapes_.push_back({kLongestMean * std::pow(kMeanStep, i)});
  double sum = 0;
  for (const double rate : rates_) {
    const double likely = rate * (1 - rate) * std::max(1.0, kRare / rate);
    for (const Shape& shape : shapes_) {
      const double weight = shape.mean == 0 ? 1 - kEarlyOften : kEarlyOften / kEarlyShapes;
      prior_.push_back(likely * weight);
      sum += prior_.back();
    }
  }
  for (double& weight : prior_) weight /= sum;
}

double CrashModel::share(Duration time) const {
  return std::clamp(static_cast<double>(time.count()) / static_cast<double>(full_run_.count()), 0.0, 1.0);
}

void CrashModel::detection(Duration time, std::span<double> out) const {
  const double at = share(time);
  std::vector<double> by;
  for (const Shape& shape : shapes_) by.push_back(shape.by(at));
  for (std::size_t i = 0, point = 0; i < rates_.size(); ++i) {
    for (const double so_far : by) out[point++] = rates_[i] * so_far;
  }
}

void CrashModel::likelihood(const Observation& seen, std::span<double> out) const {
  detection(seen.time, out);
  if (!seen.crashed) {
    for (double& value : out) value = 1 - value;
    return;
  }
  const double at = share(seen.time);
  std::vector<double> density;
  for (const Shape& shape : shapes_) density.push_back(shape.density(at));
  for (std::size_t i = 0, point = 0; i < rates_.size(); ++i) {
    for (const double here : density) {
      out[point] = rates_[i] * (here + (1 - out[point]) * kFalseShare * seen.doubt);
      ++point;
    }
  }
}

// Crashes that come at any time alike, whose rate has a gamma prior.
void CrashModel::false_likelihood(const FalseCrashes& before, const Observation& seen,
                                  std::span<double> out) const {
  const double shape = kFalseAlpha + before.crashes;
  for (std::size_t i = 0; i < rates_.size(); ++i) {
    const double exposed = kFalseAlpha / (kFalseShare * rates_[i]) + before.runs;
    const double then = exposed + share(seen.time);
    double likelihood = std::pow(exposed / then, shape);
    if (seen.crashed) likelihood *= shape / then * seen.doubt;
    std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(i * shapes_.size()), shapes_.size(), likelihood);
  }
}

double CrashModel::false_rate(const FalseCrashes& seen, std::span<const double> weights) const {
  double sum = 0;
  for (std::size_t i = 0; i < rates_.size(); ++i) {
    const auto here = weights.subspan(i * shapes_.size(), shapes_.size());
    sum += std::accumulate(here.begin(), here.end(), 0.0) * (kFalseAlpha + seen.crashes) /
           (kFalseAlpha / (kFalseShare * rates_[i]) + seen.runs);
  }
  return sum;
}

std::vector<double> CrashModel::shape_weights(std::span<const double> weights) const {
  std::vector<double> sums(shapes_.size(), 0);
  for (std::size_t i = 0; i < weights.size(); ++i) sums[i % shapes_.size()] += weights[i];
  return sums;
}

double CrashModel::crashed_by(Duration time, std::span<const double> shape_weights) const {
  double sum = 0;
  for (std::size_t s = 0; s < shapes_.size(); ++s) sum += shape_weights[s] * shapes_[s].by(share(time));
  return sum;
}

Duration CrashModel::mean_time_to_crash(Duration time, std::span<const double> weights) const {
  const double at = share(time);
  double sum = 0;
  double crashes = 0;
  for (std::size_t s = 0; s < shapes_.size(); ++s) {
    const double by = shapes_[s].by(at);
    const double mean = shapes_[s].mean_by(at);
    for (std::size_t i = 0; i < rates_.size(); ++i) {
      const double crash = weights[i * shapes_.size() + s] * rates_[i] * by;
      crashes += crash;
      sum += crash * mean;
    }
  }
  if (crashes <= 0) return time / 2;
  return std::chrono::duration_cast<Duration>(full_run_ * (sum / crashes));
}

}  // namespace rigbisect
