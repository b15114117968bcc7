#include "bisect/planner_bayes.h"

#include <algorithm>
#include <cmath>

#include "base/duration.h"
#include "bisect/run_forecast.h"
#include "bisect/visit_options.h"

namespace rigbisect {
namespace {

constexpr double kLeastBits = 1e-5;   // that a visit must promise
constexpr double kHopeless = 0.04;    // chance to be testable that is not worth a build
constexpr double kUsualChance = 0.4;  // to have the bug, of commits that are worth a visit
constexpr int kLengths = 16;

// The lengths worth looking at: the whole one, the one that detects most per hour, and the one whose clean
// runs say most per hour.
std::vector<Duration> lengths(const Belief& belief, const Costs& costs) {
  const CrashModel& model = belief.model();
  const double boot = to_seconds(costs.boot);
  Duration quickest = model.full_run();
  Duration surest = model.full_run();
  double quick = 0;
  double sure = 0;
  const std::vector<double> shapes = model.shape_weights(belief.points());
  Duration time = model.full_run();
  for (int i = 0; i < kLengths; ++i, time = time * 3 / 4) {
    const double detects = belief.mean_rate() * model.crashed_by(time, shapes);
    const double cost = boot + to_seconds(time);
    if (detects / cost > quick * 1.001) {
      quick = detects / cost;
      quickest = time;
    }
    if (-std::log(1 - detects) / cost > sure * 1.001) {
      sure = -std::log(1 - detects) / cost;
      surest = time;
    }
  }
  std::vector<Duration> found{model.full_run()};
  for (const Duration one : {quickest, surest}) {
    if (std::find(found.begin(), found.end(), one) == found.end()) found.push_back(one);
  }
  return found;
}

double works(const Belief& belief, const Testability& testability, CommitGraph::Index commit) {
  const auto place = belief.candidates().place(commit);
  return place ? testability.chance(*place) : 1.0;
}

// Keeps the better of `best` and a visit of this option.
void consider(const RunForecast& forecast, const VisitOption& option, Duration wait, double chance,
              std::optional<Visit>& best) {
  const Visit visit = forecast.visit(option, wait, wait == Duration{} ? 1 : chance);
  if (visit.bits < kLeastBits || !worth_running(visit.has_bug)) return;
  if (!best || visit.pace > best->pace) best = visit;
}

}  // namespace

std::optional<Visit> BayesPlanner::choose(const Belief& belief, const Testability& testability,
                                          const Outlook& outlook) const {
  const auto usable = [&](CommitGraph::Index commit) {
    return testability.all_work() || works(belief, testability, commit) > kHopeless;
  };
  std::vector<VisitOption> options;
  std::optional<Visit> best;
  for (const Duration time : lengths(belief, outlook.costs)) {
    const RunForecast forecast(belief, outlook, time);
    if (options.empty()) {
      const std::vector<double> masses = forecast.masses();
      options = tested_options(belief, masses);
      for (VisitOption& option : untested_options(belief, masses, usable))
        options.push_back(std::move(option));
    }
    for (const VisitOption& option : options) {
      const auto wait = outlook.wait(option.commit);
      if (wait) consider(forecast, option, *wait, works(belief, testability, option.commit), best);
    }
  }
  return best;
}

std::optional<Visit> BayesPlanner::assess(const Belief& belief, const Testability& testability,
                                          const Outlook& outlook, CommitGraph::Index commit) const {
  const auto wait = outlook.wait(commit);
  if (!wait) return std::nullopt;
  const VisitOption option = option_of(belief, commit);
  std::optional<Visit> best;
  for (const Duration time : lengths(belief, outlook.costs)) {
    const RunForecast forecast(belief, outlook, time);
    consider(forecast, option, *wait, works(belief, testability, commit), best);
  }
  return best;
}

double BayesPlanner::usual_pace(const Belief& belief, const Costs& costs, Duration build) const {
  const VisitOption option{0, std::vector<double>(belief.classes(), kUsualChance)};
  double pace = 0;
  for (const Duration time : lengths(belief, costs)) {
    const RunForecast forecast(belief, {costs, {}, {}, 0}, time);
    const Visit visit = forecast.visit(option, build * 3 / 4, 1);
    if (visit.runs > 0) pace = std::max(pace, visit.bits / to_seconds(visit.cost));
  }
  return pace;
}

}  // namespace rigbisect
