#include "bisect/run_forecast.h"

#include <algorithm>
#include <cmath>

#include "base/duration.h"

namespace rigbisect {
namespace {

constexpr double kNegligible = 1e-7;
constexpr double kLeftOver = 0.6;  // of the doubt that is allowed at the end: on unlikely candidates
// Of a bit about how often the bug shows, for every bit that is open about the culprit: it makes the runs
// that are still needed tell more.
constexpr double kWorthOfRate = 0.15;
// Of a build's cost, if every run shows the bug: the kernel is there for later visits, too, and the surer a
// run shows the bug, the fewer runs such a visit takes.
constexpr double kKeptOfBuild = 0.5;
constexpr std::size_t kMostPossibilities = 8;
constexpr std::array kRuns{1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 26, 32, 40, 50, 64, 80, 100, 128};

// In bits, of two outcomes with these probabilities, times their sum.
double entropy(double a, double b) {
  const double sum = a + b;
  const auto part = [sum](double x) { return x <= 0 ? 0 : -x * std::log2(x / sum); };
  return part(a) + part(b);
}

}  // namespace

RunForecast::RunForecast(const Belief& belief, const Outlook& outlook, Duration time)
    : time_(time),
      boot_(to_seconds(outlook.costs.boot)),
      whole_(to_seconds(time)),
      to_crash_(to_seconds(belief.model().mean_time_to_crash(time, belief.points()))),
      false_rate_(belief.false_rate()),
      worth_of_rate_(kWorthOfRate * belief.entropy()),
      kept_of_build_(kKeptOfBuild * belief.mean_rate()),
      possibilities_(1) {
  choose_likely(belief, outlook.doubt);
  fill_bins(belief);
  for (const Expected& run : outlook.expected) expect(belief, run);
}

// All but what may be left over when the search ends: many candidates that are hardly likely, each. In bits
// they weigh much, and to rule them out takes runs that the result does not need.
void RunForecast::choose_likely(const Belief& belief, double doubt) {
  for (std::size_t c = 0; c < belief.classes(); ++c) {
    if (belief.mass(c) >= kNegligible) likely_.push_back(c);
  }
  std::sort(likely_.begin(), likely_.end(), [&](std::size_t a, std::size_t b) {
    return belief.mass(a) * belief.class_weight(b) < belief.mass(b) * belief.class_weight(a);
  });
  double left_over = kLeftOver * doubt;
  const auto first = std::find_if(likely_.begin(), likely_.end(),
                                  [&](std::size_t c) { return (left_over -= belief.mass(c)) < 0; });
  likely_.erase(likely_.begin(), first);
}

void RunForecast::fill_bins(const Belief& belief) {
  std::vector<double> detection(belief.model().size());
  belief.model().detection(time_, detection);
  std::vector<std::size_t> bin(detection.size());
  Bins weight{};
  for (std::size_t i = 0; i < detection.size(); ++i) {
    bin[i] = std::min(kBins - 1, static_cast<std::size_t>(std::sqrt(detection[i]) * kBins));
    weight[bin[i]] += belief.points()[i];
    detects_[bin[i]] += belief.points()[i] * detection[i];
  }
  for (std::size_t b = 0; b < kBins; ++b) detects_[b] = weight[b] > 0 ? detects_[b] / weight[b] : 0;
  auto& classes = possibilities_.front().classes;
  classes.resize(belief.classes());
  for (Bins& bins : classes) bins.fill(0);
  for (const std::size_t c : likely_) {
    const auto points = belief.points(c);
    for (std::size_t i = 0; i < points.size(); ++i) classes[c][bin[i]] += points[i];
  }
}

// Splits each possibility into the ways this run may end; with too many of them, it is taken for clean.
void RunForecast::expect(const Belief& belief, const Expected& run) {
  const auto found = std::find(belief.tested().begin(), belief.tested().end(), run.commit);
  if (found == belief.tested().end()) return;
  const auto test = static_cast<std::size_t>(found - belief.tested().begin());
  const bool open = !run.crash && 2 * possibilities_.size() <= kMostPossibilities;
  std::vector<Possibility> crashing = open ? possibilities_ : std::vector<Possibility>{};
  for (Possibility& possibility : possibilities_) {
    for (int i = 0; i < run.runs; ++i) pretend(belief, possibility, test, run.crash.value_or(false));
  }
  for (Possibility& possibility : crashing) {
    pretend(belief, possibility, test, true);
    possibilities_.push_back(std::move(possibility));
  }
  if (open) return;
  double sum = 0;
  for (const double mass : masses()) sum += mass;
  for (Possibility& possibility : possibilities_) {
    for (Bins& bins : possibility.classes) {
      for (double& value : bins) value /= sum;
    }
  }
}

void RunForecast::pretend(const Belief& belief, Possibility& possibility, std::size_t test,
                          bool crash) const {
  for (const std::size_t c : likely_) {
    const bool has_bug = belief.has_bug(test, c);
    for (std::size_t b = 0; b < kBins; ++b) {
      const double shows = has_bug ? detects_[b] : false_rate_;
      possibility.classes[c][b] *= crash ? shows : 1 - shows;
    }
  }
}

std::vector<double> RunForecast::masses() const {
  std::vector<double> masses(possibilities_.front().classes.size(), 0);
  for (const Possibility& possibility : possibilities_) {
    for (std::size_t c = 0; c < masses.size(); ++c) {
      for (const double value : possibility.classes[c]) masses[c] += value;
    }
  }
  return masses;
}

RunForecast::Progress RunForecast::begin(const Possibility& possibility, const VisitOption& option) const {
  Progress way;
  for (const std::size_t c : likely_) {
    double mass = 0;
    for (std::size_t b = 0; b < kBins; ++b) {
      mass += possibility.classes[c][b];
      way.buggy[b] += option.buggy[c] * possibility.classes[c][b];
    }
    way.has_bug += option.buggy[c] * mass;
    way.clean += (1 - option.buggy[c]) * mass;
  }
  way.clean = std::max(way.clean, 0.0);
  way.silent = way.has_bug;
  way.silent_buggy = way.buggy;
  return way;
}

// Takes the runs that crash out of `progress`; returns their probability.
double RunForecast::run_once(Progress& progress) const {
  double crash = 0;
  for (std::size_t b = 0; b < kBins; ++b) {
    const double here = progress.silent_buggy[b] * detects_[b];
    crash += here;
    progress.silent_buggy[b] -= here;
  }
  progress.silent -= crash;
  return crash;
}

// What so many runs, up to the first crash, tell.
RunForecast::Bits RunForecast::bits(const Progress& way, int runs) const {
  const double false_alarm = way.clean * std::min(0.5, false_rate_ * runs);
  const double crash = way.has_bug - way.silent;
  const double quiet = way.clean - false_alarm;
  const double culprit =
      entropy(way.has_bug, way.clean) - entropy(crash, false_alarm) - entropy(way.silent, quiet);
  double both = entropy(crash + false_alarm, way.silent + quiet) - entropy(false_alarm, quiet);
  for (std::size_t b = 0; b < kBins; ++b) {
    both -= entropy(way.buggy[b] - way.silent_buggy[b], way.silent_buggy[b]);
  }
  return {culprit, both - culprit};
}

Visit RunForecast::visit(const VisitOption& option, Duration wait, double works) const {
  std::vector<Progress> ways;
  Visit best{.commit = option.commit, .time = time_};
  for (const Possibility& possibility : possibilities_) {
    ways.push_back(begin(possibility, option));
    best.has_bug += ways.back().has_bug;
  }
  const double saved = kept_of_build_ * to_seconds(wait);
  double cost = to_seconds(wait);
  int runs = 0;
  for (const int wanted : kRuns) {
    for (; runs < wanted; ++runs) {
      for (Progress& way : ways) {
        const double reached = way.silent + way.clean;
        const double crash = run_once(way);
        cost += works * (reached * boot_ + crash * to_crash_ + (reached - crash) * whole_);
      }
    }
    Bits told;
    for (const Progress& way : ways) {
      const Bits here = bits(way, runs);
      told.culprit += works * here.culprit;
      told.rate += works * here.rate;
    }
    const double pace = (told.culprit + worth_of_rate_ * told.rate) / (cost - saved);
    if (pace < 0.9 * best.pace) break;
    if (pace <= best.pace) continue;
    best.pace = pace;
    best.runs = runs;
    best.bits = told.culprit;
    best.cost = from_seconds(cost);
  }
  return best;
}

}  // namespace rigbisect
