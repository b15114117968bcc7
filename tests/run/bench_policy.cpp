#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "config/scenario.h"
#include "os/real_clock.h"
#include "run/simulation.h"

// What the policies cost and how often they are right: the table that the engine is held against. Plays
// every row whose name begins with one of the arguments:
//   bench-policy TRIALS [ROW...] [KEY: VALUE...]     keys of a scenario for every row, such as 'seed: 7'
// Hours are those of the search, after 20 runs on the bad commit. `wrong` counts sets without the culprit,
// too; `named` is the share of the named culprits that are right, which `claimed` is to be held against.
// Seconds per row and 100 trials.
namespace rigbisect {
namespace {

struct Row {
  std::string name;
  std::string keys;     // over the published costs
  double wanted = 0;    // hours; 0: nothing is wanted of them
  int more_trials = 1;  // than asked for, this many times
};

std::string bug(double rate, const std::string& more = "") {
  return "bug: {introduced: random, rate: " + std::to_string(rate) + more + "}\n";
}

// Eight releases, 2,000 commits apart, and the bug anywhere behind the first of them.
std::string releases() {
  std::string yaml = "history: {commits: [";
  for (int i = 1; i <= 15'200; ++i) {
    yaml += "{id: " + std::to_string(i);
    if (i > 1) yaml += ", parents: [" + std::to_string(i - 1) + "]";
    if (i % 2000 == 1) yaml += ", tags: [v5." + std::to_string(i / 2000) + "]";
    yaml += "},";
  }
  return yaml + "]}\n";
}

std::vector<Row> rows() {
  struct Wanted {
    double rate;
    double hours;
    double with_suspects;
  };
  constexpr Wanted kWanted[] = {{0.95, 2.8, 1.95}, {0.7, 4.3, 2.8}, {0.5, 6.3, 4.2}, {0.29, 11, 7.5},
                                {0.2, 16.6, 11},   {0.1, 36, 25},   {0.05, 72, 48}};
  const std::string one = "resources: {build_ahead: false}\n";
  std::vector<Row> all;
  for (const Wanted& wanted : kWanted) {
    const std::string rate = std::to_string(wanted.rate).substr(0, 4);
    all.push_back({"plain " + rate, bug(wanted.rate) + one, wanted.hours});
    all.push_back({"suspects " + rate, bug(wanted.rate) + one + "suspects: {count: 40, holds_culprit: 0.7}\n",
                   wanted.with_suspects});
    if (wanted.rate <= 0.3 || wanted.rate > 0.9) {
      all.push_back({"early " + rate, bug(wanted.rate, ", time_to_crash_s: 20") + one,
                     wanted.hours * (wanted.rate > 0.9 ? 0.7 : 0.5)});
    }
    all.push_back(
        {"classic " + rate, bug(wanted.rate) + one + "policy: {planner: classic, runs: 10, need: 1}\n"});
    all.push_back({"walked " + rate, bug(wanted.rate) + one + releases()});
  }
  const std::string noise =
      "noise: {false_crash_rate: 0.01, other_crash_rate: 0.05, board_fault_rate: 0.05}\n";
  const std::string misled = "suspects: {count: 40, holds_culprit: 0}\n";
  for (const double rate : {0.7, 0.29}) {
    const std::string name = std::to_string(rate).substr(0, 4);
    all.push_back({"calibration " + name, bug(rate) + one, 0, 7});
    all.push_back({"noise " + name, bug(rate) + one + noise, 0, 7});
    all.push_back({"misled " + name, bug(rate) + one + misled, 0, 7});
  }
  all.push_back({"boards 4", bug(0.29) + "resources: {boards: 4, build_slots: 4}\n", 11.0 / 3});
  all.push_back({"ahead on", bug(0.29)});
  all.push_back({"ahead free", bug(0.29) + one + "costs: {build_s: 0, incremental_build_s: 0}\n"});
  all.push_back({"untestable 20 %",
                 bug(0.29) + one + "untestable: {random_regions: {fraction: 0.2, mean_length: 20}}\n",
                 11 * 1.35});
  return all;
}

using Hours = std::chrono::duration<double, std::ratio<3600>>;

struct Sum {
  double hours = 0;
  double squares = 0;
  double correct = 0;
  double wrong = 0;
  double claimed = 0;
  double culprits = 0;
  double right_culprits = 0;
  double runs = 0;
  double builds = 0;
  double plan_ms = 0;
  double plans = 0;
};

Sum sum_of(const std::vector<Trial>& trials) {
  Sum sum;
  for (const Trial& trial : trials) {
    const auto search = trial.time_by_phase.find(Phase::search);
    const double hours = search == trial.time_by_phase.end() ? 0 : Hours(search->second).count();
    sum.hours += hours;
    sum.squares += hours * hours;
    sum.correct += trial.end == TrialEnd::correct ? 1 : 0;
    sum.wrong += trial.end == TrialEnd::wrong ? 1 : 0;
    if (trial.kind == "culprit") {
      sum.culprits += 1;
      sum.right_culprits += trial.end == TrialEnd::correct ? 1 : 0;
      sum.claimed += trial.confidence;
    }
    sum.runs += trial.runs;
    sum.builds += trial.builds;
    for (const Duration time : trial.planning) {
      sum.plan_ms += std::chrono::duration<double, std::milli>(time).count();
      sum.plans += 1;
    }
  }
  return sum;
}

bool play(const Row& row, int trials, const std::string& keys, const Clock& clock) {
  std::string yaml = row.keys + keys;
  if (yaml.find("history:") == std::string::npos) yaml += "history: {chain: 15200}\n";
  auto scenario = parse_scenario(yaml, "/bench-policy");
  if (scenario) scenario->trials = trials * row.more_trials;
  const auto played =
      scenario ? simulate(*scenario, clock, {}) : Result<std::vector<Trial>>(scenario.error());
  if (!played) {
    std::fprintf(stderr, "%s: %s\n", row.name.c_str(), played.error().what.c_str());
    return false;
  }
  const Sum sum = sum_of(*played);
  const auto n = static_cast<double>(played->size());
  const double mean = sum.hours / n;
  const double error = std::sqrt(std::max(0.0, sum.squares / n - mean * mean) / n);
  const double named = std::max(1.0, sum.culprits);
  std::printf("%-18s %5.0f  %6.2f +- %4.2f  %6.2f  %6.3f  %6.3f  %6.3f  %6.3f  %5.0f  %5.1f  %5.1f\n",
              row.name.c_str(), n, mean, error, row.wanted, sum.correct / n, sum.wrong / n,
              sum.right_culprits / named, sum.claimed / named, sum.runs / n, sum.builds / n,
              sum.plan_ms / sum.plans);
  std::fflush(stdout);
  return true;
}

bool wanted(const Row& row, const std::vector<std::string>& names) {
  return names.empty() || std::any_of(names.begin(), names.end(),
                                      [&](const std::string& name) { return row.name.starts_with(name); });
}

}  // namespace
}  // namespace rigbisect

int main(int argc, char** argv) {
  using namespace rigbisect;
  int trials = 0;
  std::vector<std::string> names;
  std::string keys;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (i == 1) {
      trials = std::atoi(argv[i]);
    } else if (argument.find(':') != std::string::npos) {
      keys += argument + "\n";
    } else {
      names.push_back(argument);
    }
  }
  if (trials < 1) {
    std::fputs("usage: bench-policy TRIALS [ROW...] [KEY: VALUE...]\n", stderr);
    return 2;
  }
  const RealClock clock;
  std::puts(
      "row                trials   hours         wanted  right   wrong   named   claimed  runs  builds  "
      "plan ms");
  bool fine = true;
  for (const Row& row : rows()) fine = (!wanted(row, names) || play(row, trials, keys, clock)) && fine;
  return fine ? 0 : 1;
}
