#include "bisect/confidence.h"

#include <cmath>

namespace rigbisect {

double reproduction_rate(int crashed, int clean) {
  return (crashed + 1.0) / (crashed + clean + 2.0);
}

double chance_all_good(double rate, std::span<const int> clean_runs) {
  double chance = 1;
  for (const int runs : clean_runs) chance *= 1 - std::pow(1 - rate, runs);
  return chance;
}

}  // namespace rigbisect
