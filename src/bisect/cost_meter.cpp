#include "bisect/cost_meter.h"

#include <algorithm>

#include "base/duration.h"

namespace rigbisect {
namespace {

// The first ones count in full, so that the guess is soon forgotten; later ones by a moving mean, for costs
// change along the history.
constexpr int kMemory = 10;

void learn(double& mean, int& count, double seconds) {
  count = std::min(count + 1, kMemory);
  mean += (seconds - mean) / count;
}

}  // namespace

void CostMeter::record(const BuildEnded& event) {
  const auto* built = std::get_if<Built>(&event.outcome);
  if (built != nullptr && !built->cached) learn(build_, builds_, to_seconds(event.elapsed));
}

void CostMeter::record(const RunEnded& event) {
  Duration ran{};
  if (const auto* survived = std::get_if<Survived>(&event.outcome)) {
    ran = survived->ran;
  } else if (const auto* crashed = std::get_if<Crashed>(&event.outcome); crashed && !crashed->during_boot) {
    ran = crashed->after;
  } else {
    return;
  }
  if (event.elapsed > ran) learn(boot_, boots_, to_seconds(event.elapsed - ran));
}

Costs CostMeter::costs() const {
  return {from_seconds(build_), from_seconds(boot_)};
}

}  // namespace rigbisect
