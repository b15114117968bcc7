#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/clock.h"

namespace rigbisect {

// What one run said about the bug: it showed after `time` of the reproducer, or had not shown by then.
struct Observation {
  bool crashed = false;
  Duration time{};
  double doubt = 1;  // how much likelier such a crash is to be another bug than an exact match is

  bool operator==(const Observation&) const = default;
};

// What the runs of kernels without the bug have said.
struct FalseCrashes {
  int crashes = 0;  // as if they had it
  double runs = 0;  // the time of all such runs, as a multiple of a whole one

  void add(bool crashed, double share) {
    crashes += crashed ? 1 : 0;
    runs += share;
  }
};

// How a bug may show: a grid of points, each a reproduction rate (the chance that a whole run shows it) and a
// shape of the time to the crash: anywhere in the run alike, or early, exponential with some mean. Pure.
class CrashModel {
 public:
  // `full_run`: the longest run of the reproducer; > 0.
  explicit CrashModel(Duration full_run);

  std::size_t size() const { return prior_.size(); }
  // What is believed of the points before any run; sums to 1.
  const std::vector<double>& prior() const { return prior_; }
  double rate(std::size_t point) const { return rates_[point / shapes_.size()]; }

  // Per point: the chance that a run of `time` on a kernel with the bug shows it.
  void detection(Duration time, std::span<double> out) const;
  // Per point: the likelihood of this on a kernel with the bug. A crash is measured against one that is
  // anywhere in the whole run alike.
  void likelihood(const Observation& seen, std::span<double> out) const;
  // Per point: the likelihood of this on a kernel without the bug, after `before`, measured likewise.
  void false_likelihood(const FalseCrashes& before, const Observation& seen, std::span<double> out) const;
  // How often a whole run of a kernel without the bug crashes as if it had it, if the points have these
  // weights.
  double false_rate(const FalseCrashes& seen, std::span<const double> weights) const;
  // The time of a run as a share of the whole one, 0..1.
  double share(Duration time) const;
  // What these weights of the points say of the shapes alone.
  std::vector<double> shape_weights(std::span<const double> weights) const;
  // The share of the crashes of whole runs that come by `time`.
  double crashed_by(Duration time, std::span<const double> shape_weights) const;
  // Mean time to the crash of runs of `time` that crash, if the points have these weights.
  Duration mean_time_to_crash(Duration time, std::span<const double> weights) const;

  Duration full_run() const { return full_run_; }

 private:
  struct Shape {
    double mean;  // of the exponential part, as a share of the whole run; 0: uniform
    double by(double share) const;
    double density(double share) const;
    double mean_by(double share) const;
  };

  Duration full_run_;
  std::vector<double> rates_;
  std::vector<Shape> shapes_;
  std::vector<double> prior_;
};

// False crashes: a gamma prior on how often they come, as a share of how often the bug does. Most rigs have
// none at all, so it is believed to be near zero, and a few in one search make more of them much likelier. A
// share, because a bug that rarely shows would hardly be told apart from its noise if they came often.
inline constexpr double kFalseAlpha = 0.15;
inline constexpr double kFalseShare = 0.006;

}  // namespace rigbisect
