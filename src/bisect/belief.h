#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bisect/candidates.h"
#include "bisect/crash_model.h"

namespace rigbisect {

// What is believed before any run of the search.
struct Prior {
  // By candidate; relative; all > 0.
  std::vector<double> weights;
  // The chance that the bug is older than every candidate (mode fix: that it was fixed by none), 0..1.
  double outside = 0;
};

// The probability of every candidate to be the culprit, from all runs of all commits: evidence is weighed,
// never final. A run of commit t speaks about "the culprit is an ancestor of t, or t itself". How often and
// how soon the bug shows, and how often something else looks like it, are learnt along with the culprit.
// Exact on any history.
//
// The candidates that the tested commits do not tell apart make a class; a class keeps the likelihood of all
// that was seen for every point of the crash model. Pure; the order of the runs does not matter but for
// rounding. A run costs classes times points; the first of a commit also the number of candidates.
class Belief {
 public:
  using Index = CommitGraph::Index;
  using Place = Candidates::Place;

  // Mode fix: a kernel has the bug unless it contains the culprit.
  Belief(Candidates candidates, Prior prior, bool fix, Duration full_run);

  void record(Index commit, const Observation& seen);
  // This commit is going to be run: it is one of tested() from now on.
  void expect(Index commit) { place_of_test(commit); }

  const Candidates& candidates() const { return candidates_; }
  const CrashModel& model() const { return model_; }
  bool fix() const { return fix_; }

  double probability(Place place) const;
  double outside() const;
  // Of the culprit, in bits.
  double entropy() const;
  // The likeliest candidate.
  Place best() const;
  // The chance that this tested commit has the bug; nullopt: it has not been tested.
  std::optional<double> has_bug(Index commit) const;
  // Of the model's points, whatever the culprit.
  const std::vector<double>& points() const { return points_; }
  double mean_rate() const;
  // The chance that a whole run crashes as if the kernel had the bug though it has not.
  double false_rate() const;
  // The probability of the likeliest candidate if this was seen next, of this commit; nullopt: it has not
  // been tested.
  std::optional<double> certainty_after(Index commit, const Observation& seen) const;

  // For planners: classes and what they say.
  std::size_t classes() const { return classes_.size(); }
  double mass(std::size_t c) const { return classes_[c].mass; }
  // Per point, sums to mass(c).
  std::span<const double> points(std::size_t c) const { return classes_[c].points; }
  std::uint32_t class_of(Place place) const { return class_of_[place]; }
  double weight(Place place) const { return weights_[place]; }
  double class_weight(std::size_t c) const { return classes_[c].weight; }
  // The share of its class that a candidate has.
  double share(Place place) const { return weights_[place] / classes_[class_of_[place]].weight; }
  const std::vector<Index>& tested() const { return tested_; }
  // Whether a kernel of tested()[t] has the bug if the culprit is of this class.
  bool has_bug(std::size_t t, std::size_t c) const { return has_bug_[t][c]; }

 private:
  struct Class {
    double weight = 0;    // prior
    Place likeliest = 0;  // by prior
    double likeliest_weight = 0;
    double entropy = 0;               // within, in bits, by prior
    FalseCrashes false_crashes = {};  // if the culprit is in here
    double mass = 0;
    std::vector<double> points = {};  // prior times likelihood, to a common scale
  };

  template <typename Use>
  void for_each_likelihood(std::size_t t, const Observation& seen, Use use) const;
  std::optional<std::size_t> test_of(Index commit) const;
  std::size_t place_of_test(Index commit);
  void split(const std::vector<bool>& ancestors);
  void summarise_classes();
  void normalise();

  Candidates candidates_;
  CrashModel model_;
  bool fix_;
  std::vector<double> weights_;
  std::vector<std::uint32_t> class_of_;  // by place
  std::vector<Class> classes_;           // the first is "outside"
  std::vector<Index> tested_;
  std::vector<std::vector<bool>> has_bug_;  // by test and class
  std::vector<double> points_;
};

}  // namespace rigbisect
