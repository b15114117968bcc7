#pragma once

#include "bisect/event.h"
#include "bisect/planner_bayes.h"

namespace rigbisect {

// What builds and boots have cost so far in a campaign. Pure.
class CostMeter {
 public:
  void record(const BuildEnded& event);
  void record(const RunEnded& event);

  // The mean of the latest ones; careful guesses while there are none.
  Costs costs() const;

 private:
  double build_ = 300;  // s
  double boot_ = 60;    // s
  int builds_ = 0;
  int boots_ = 0;
};

}  // namespace rigbisect
