#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "bisect/planner_bayes.h"
#include "bisect/visit_options.h"

namespace rigbisect {

// What runs of one length may tell, for each way in which the runs under way may end. Part of the planner.
class RunForecast {
 public:
  RunForecast(const Belief& belief, const Outlook& outlook, Duration time);

  // Of the classes, over all ways the expected runs may end.
  std::vector<double> masses() const;

  // The number of runs of this commit that tells most per second, with what it tells. `works`: the chance
  // that it can be tested at all.
  Visit visit(const VisitOption& option, Duration wait, double works) const;

 private:
  static constexpr std::size_t kBins = 24;
  using Bins = std::array<double, kBins>;  // probability, by how surely a run shows the bug
  struct Possibility {
    std::vector<Bins> classes;
  };
  struct Progress {  // of a visit in one possibility
    Bins buggy{};    // at first
    Bins silent_buggy{};
    double has_bug = 0;
    double clean = 0;
    double silent = 0;
  };

  void choose_likely(const Belief& belief, double doubt);
  void fill_bins(const Belief& belief);
  void expect(const Belief& belief, const Expected& run);
  void pretend(const Belief& belief, Possibility& possibility, std::size_t test, bool crash) const;
  Progress begin(const Possibility& possibility, const VisitOption& option) const;
  double run_once(Progress& progress) const;
  struct Bits {
    double culprit = 0;
    double rate = 0;  // of the culprit and the rate, what is more than of the culprit alone
  };
  Bits bits(const Progress& progress, int runs) const;

  Duration time_;
  double boot_;
  double whole_;
  double to_crash_;
  double false_rate_;     // of a run
  double worth_of_rate_;  // of a bit about it, in bits about the culprit
  double kept_of_build_;  // what the kernel is worth after the visit, as a share of its cost
  Bins detects_{};
  std::vector<std::size_t> likely_;  // classes that matter
  std::vector<Possibility> possibilities_;
};

}  // namespace rigbisect
