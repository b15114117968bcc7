#include "bisect/planner_bayes.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace rigbisect {
namespace {

using Index = CommitGraph::Index;
using Place = Candidates::Place;

constexpr std::size_t kBins = 24;
constexpr double kNegligible = 1e-7;  // classes with less are left out of the plan
constexpr std::array kRuns{1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 26, 32, 40, 50, 64, 80, 100, 128};
constexpr std::array kQuantiles{0.03, 0.06, 0.1,  0.14, 0.18, 0.22, 0.26, 0.3,  0.34, 0.38, 0.42,
                                0.46, 0.5,  0.54, 0.58, 0.62, 0.66, 0.7,  0.75, 0.8,  0.86, 0.92};

using Bins = std::array<double, kBins>;

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Duration duration(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

double entropy(double a, double b) {
  const double sum = a + b;
  const auto part = [sum](double x) { return x <= 0 ? 0 : -x * std::log2(x / sum); };
  return part(a) + part(b);
}

// A commit that may be visited, and the share of each class that has the bug there.
struct Option {
  Index commit;
  std::vector<double> buggy;
};

// Runs of one length: how likely they show the bug, by class.
class Length {
 public:
  Length(const Belief& belief, const Costs& costs, Duration time)
      : time_(time), boot_(seconds(costs.boot)), whole_(seconds(time)) {
    const CrashModel& model = belief.model();
    std::vector<double> detection(model.size());
    model.detection(time, detection);
    to_crash_ = seconds(model.mean_time_to_crash(time, belief.points()));
    for (std::size_t b = 0; b < kBins; ++b) detects_[b] = (static_cast<double>(b) + 0.5) / kBins;
    bins_.resize(belief.classes());
    Bins weight{};
    Bins sum{};
    std::vector<std::size_t> bin(model.size());
    for (std::size_t i = 0; i < model.size(); ++i) {
      bin[i] = std::min(kBins - 1, static_cast<std::size_t>(std::sqrt(detection[i]) * kBins));
      weight[bin[i]] += belief.points()[i];
      sum[bin[i]] += belief.points()[i] * detection[i];
    }
    for (std::size_t b = 0; b < kBins; ++b) {
      if (weight[b] > 0) detects_[b] = sum[b] / weight[b];
    }
    for (std::size_t c = 0; c < belief.classes(); ++c) {
      bins_[c].fill(0);
      if (belief.mass(c) < kNegligible) continue;
      const auto points = belief.points(c);
      for (std::size_t i = 0; i < points.size(); ++i) bins_[c][bin[i]] += points[i];
    }
  }

  // The best number of runs of this commit.
  Visit visit(const Option& option, const Belief& belief, double wait) const {
    Bins buggy{};
    double has_bug = 0;
    for (std::size_t c = 0; c < option.buggy.size(); ++c) {
      if (option.buggy[c] == 0 || belief.mass(c) < kNegligible) continue;
      has_bug += option.buggy[c] * belief.mass(c);
      for (std::size_t b = 0; b < kBins; ++b) buggy[b] += option.buggy[c] * bins_[c][b];
    }
    const double clean = std::max(0.0, 1 - has_bug);
    Visit best{.commit = option.commit, .time = time_, .has_bug = has_bug};
    double best_rate = 0;
    double cost = wait;
    double silent = has_bug;
    int runs = 0;
    for (const int wanted : kRuns) {
      for (; runs < wanted; ++runs) {
        double crash = 0;
        for (std::size_t b = 0; b < kBins; ++b) {
          const double here = buggy[b] * detects_[b];
          crash += here;
          buggy[b] -= here;
        }
        cost += (silent + clean) * boot_ + crash * to_crash_ + (silent - crash + clean) * whole_;
        silent -= crash;
      }
      const double shown = has_bug - silent;
      const double false_alarm = clean * std::min(0.5, kFalseCrashes * runs);
      const double bits =
          entropy(has_bug, clean) - entropy(shown, false_alarm) - entropy(silent, clean - false_alarm);
      if (bits <= best_rate * cost) continue;
      best_rate = bits / cost;
      best.runs = runs;
      best.bits = bits;
      best.cost = duration(cost);
    }
    return best;
  }

 private:
  Duration time_;
  double boot_;
  double whole_;
  double to_crash_ = 0;
  Bins detects_{};
  std::vector<Bins> bins_;
};

// The lengths worth looking at: the whole one, the one that detects most per hour, and the one that makes a
// clean run say most per hour.
std::vector<Duration> lengths(const Belief& belief, const Costs& costs) {
  const CrashModel& model = belief.model();
  const double boot = seconds(costs.boot);
  std::vector<double> detection(model.size());
  Duration quickest = model.full_run();
  Duration surest = model.full_run();
  double quick = 0;
  double sure = 0;
  Duration time = model.full_run();
  for (int i = 0; i < 16; ++i, time = time * 3 / 4) {
    model.detection(time, detection);
    double detects = 0;
    double tells = 0;
    for (std::size_t p = 0; p < detection.size(); ++p) {
      detects += belief.points()[p] * detection[p];
      tells -= belief.points()[p] * std::log(1 - detection[p]);
    }
    const double cost = boot + seconds(time);
    if (detects / cost > quick * 1.001) {
      quick = detects / cost;
      quickest = time;
    }
    if (tells / cost > sure * 1.001) {
      sure = tells / cost;
      surest = time;
    }
  }
  std::vector<Duration> found{model.full_run()};
  for (const Duration one : {quickest, surest}) {
    if (std::find(found.begin(), found.end(), one) == found.end()) found.push_back(one);
  }
  return found;
}

std::vector<Option> tested_options(const Belief& belief) {
  std::vector<Option> options;
  for (std::size_t t = 0; t < belief.tested().size(); ++t) {
    Option option{belief.tested()[t], std::vector<double>(belief.classes(), 0)};
    double has_bug = 0;
    for (std::size_t c = 0; c < belief.classes(); ++c) {
      option.buggy[c] = belief.has_bug(t, c) ? 1 : 0;
      has_bug += option.buggy[c] * belief.mass(c);
    }
    if (has_bug > 1e-4 && has_bug < 1 - 1e-4) options.push_back(std::move(option));
  }
  return options;
}

// Commits of the main line that split the probability at the quantiles.
std::vector<Option> line_options(const Belief& belief) {
  const Candidates& candidates = belief.candidates();
  std::vector<Option> options;
  std::vector<double> inside(belief.classes(), 0);
  double sum = 0;
  std::size_t next = 0;
  Place at = 0;
  for (const auto& member : candidates.main_line().members) {
    const std::vector<double> before = {};
    for (; at < member.upto; ++at) {
      const std::uint32_t c = belief.class_of(at);
      const double share = belief.share(at);
      inside[c] += share;
      sum += share * belief.mass(c);
    }
    if (next == kQuantiles.size()) break;
    if (sum < kQuantiles[next]) continue;
    while (next < kQuantiles.size() && sum >= kQuantiles[next]) ++next;
    Option option{candidates.commit(member.commit), inside};
    if (belief.fix()) {
      for (double& share : option.buggy) share = 1 - share;
    }
    option.buggy[0] = 1;
    options.push_back(std::move(option));
  }
  return options;
}

}  // namespace

std::optional<Visit> BayesPlanner::choose(const Belief& belief, const Costs& costs, const Wait& wait) const {
  std::vector<Option> options = tested_options(belief);
  for (Option& option : line_options(belief)) options.push_back(std::move(option));
  std::optional<Visit> best;
  for (const Duration time : lengths(belief, costs)) {
    const Length length(belief, costs, time);
    for (const Option& option : options) {
      const Visit visit = length.visit(option, belief, seconds(wait(option.commit)));
      if (visit.runs == 0) continue;
      if (!best || visit.bits * seconds(best->cost) > best->bits * seconds(visit.cost)) best = visit;
    }
  }
  return best;
}

}  // namespace rigbisect
