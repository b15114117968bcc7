#include "run/simulated_world.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace rigbisect {
namespace {

using Index = CommitGraph::Index;

CrashReport report(const std::string& title, const std::string& type, const std::string& frame) {
  CrashReport report;
  report.title = title;
  report.type = type;
  report.frame = frame;
  report.panicked = true;
  report.report = title + "\n";
  return report;
}

CrashReport another_bug() {
  return report("WARNING in simulated_elsewhere", "WARNING", "simulated_elsewhere");
}

Duration scaled(Duration whole, double part) {
  return Duration(std::llround(static_cast<double>(whole.count()) * part));
}

std::optional<Index> draw(const std::optional<ScenarioPlace>& where, std::optional<Index> found,
                          const std::vector<Index>& range, SimulatedDice& dice) {
  if (!where || !where->random) return found;
  if (range.empty()) return std::nullopt;
  return range[dice.below(range.size())];
}

std::uint64_t hash(const CommitId& commit) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char c : commit) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

}  // namespace

CrashReport simulated_bug() {
  return report("KASAN: use-after-free Read in simulated_bug", "KASAN-USE-AFTER-FREE-READ", "simulated_bug");
}

Symptom simulated_symptom() {
  return {Symptom::Kind::title, {simulated_bug().title}};
}

SimulatedWorld::SimulatedWorld(const Scenario& scenario, const SimulatedHistory& history, std::uint64_t seed)
    : scenario_(scenario),
      history_(history),
      seed_(seed),
      no_build_(history.no_build),
      no_boot_(history.no_boot) {
  const CommitGraph& graph = *history.graph;
  SimulatedDice dice(mix_seed(seed, 1));
  introduced_ = draw(scenario.bug.introduced, history.introduced, history.introduced_range, dice);
  fixed_ = draw(scenario.bug.fixed, history.fixed, history.fixed_range, dice);
  has_bug_.assign(graph.size(), true);
  if (scenario.bug.introduced) {
    has_bug_ = introduced_ ? descendants(graph, *introduced_) : std::vector<bool>(graph.size(), false);
  }
  if (fixed_) {
    const std::vector<bool> after = descendants(graph, *fixed_);
    for (Index i = 0; i < graph.size(); ++i) has_bug_[i] = has_bug_[i] && !after[i];
  }
  break_regions(dice);
  suspect(dice);
}

void SimulatedWorld::break_regions(SimulatedDice& dice) {
  const auto wanted = static_cast<std::size_t>(scenario_.untestable.region_fraction *
                                               static_cast<double>(history_.graph->size()));
  for (std::size_t broken = 0; broken < wanted;) broken += std::max<std::size_t>(break_region(dice), 1);
}

// A commit and those around it, along the graph in all directions, until so many as drawn are broken in one
// way. The ends of the search stay whole.
std::size_t SimulatedWorld::break_region(SimulatedDice& dice) {
  const CommitGraph& graph = *history_.graph;
  std::vector<bool>& broken = dice.chance(0.5) ? no_build_ : no_boot_;
  const double length = 1 - scenario_.untestable.region_mean_length * std::log(1 - dice.uniform());
  std::vector<Index> region{static_cast<Index>(dice.below(graph.size()))};
  std::size_t count = 0;
  std::vector<bool> seen(graph.size(), false);
  for (std::size_t i = 0; i < region.size() && static_cast<double>(count) + 1 <= length; ++i) {
    const Index commit = region[i];
    if (seen[commit]) continue;
    seen[commit] = true;
    if (commit == history_.start || commit == history_.good || no_build_[commit] || no_boot_[commit])
      continue;
    broken[commit] = true;
    ++count;
    for (const Index next : graph.parents(commit)) region.push_back(next);
    for (const Index next : graph.children(commit)) region.push_back(next);
  }
  return count;
}

void SimulatedWorld::suspect(SimulatedDice& dice) {
  const auto& range = history_.range;
  const auto culprit_at = this->culprit();
  const auto count = std::min<std::size_t>(static_cast<std::size_t>(scenario_.suspects.count), range.size());
  if (count == 0) return;
  std::vector<bool> chosen(history_.graph->size(), false);
  const auto choose = [&](Index commit) {
    if (chosen[commit]) return;
    chosen[commit] = true;
    suspects_.push_back(commit);
  };
  const bool holds = dice.chance(scenario_.suspects.holds_culprit);
  if (holds && culprit_at) choose(*culprit_at);
  const std::size_t possible = range.size() - (holds || !culprit_at ? 0 : 1);
  while (suspects_.size() < std::min(count, possible)) {
    const Index commit = range[dice.below(range.size())];
    if (holds || commit != culprit_at) choose(commit);
  }
  std::sort(suspects_.begin(), suspects_.end());
}

bool SimulatedWorld::has_bug(const CommitId& commit) const {
  const auto index = history_.graph->find(commit);
  return index ? has_bug_[*index] : !scenario_.bug.introduced;
}

BuildOutcome SimulatedWorld::build(const CommitId& commit) const {
  const auto index = history_.graph->find(commit);
  if (!index) return Built{commit, false};
  if (no_build_[*index]) return BuildFailed{"simulated.c:1:1: error: this commit does not build"};
  const int group = history_.same_binary[*index];
  return Built{group == 0 ? commit : "same binary " + std::to_string(group), false};
}

// When the bug shows in a run of the whole reproducer, if it does.
std::optional<Duration> SimulatedWorld::crash_time(SimulatedDice& dice) const {
  const bool crashes = dice.chance(scenario_.bug.rate);
  const double when = dice.uniform();
  if (!crashes) return std::nullopt;
  const Duration whole = scenario_.costs.repro;
  if (!scenario_.bug.mean_time_to_crash) return scaled(whole, when);
  const auto mean = static_cast<double>(scenario_.bug.mean_time_to_crash->count());
  const double within = 1 - std::exp(-static_cast<double>(whole.count()) / mean);
  return Duration(std::llround(-mean * std::log(1 - when * within)));
}

SimulatedWorld::Ran SimulatedWorld::run(const CommitId& commit, Duration time) {
  SimulatedDice dice(mix_seed(mix_seed(seed_, hash(commit)), ++runs_[commit]));
  const ScenarioNoise& noise = scenario_.noise;
  const bool fault = dice.chance(noise.board_fault_rate);
  const bool other = dice.chance(noise.other_crash_rate);
  const Duration other_at = scaled(scenario_.costs.repro, dice.uniform());
  const bool by_mistake = dice.chance(noise.false_crash_rate);
  const Duration mistake_at = scaled(scenario_.costs.repro, dice.uniform());
  if (fault) return {BenchFault{{Errc::disconnected, "simulated: the board did not answer"}}, {}};
  const auto index = history_.graph->find(commit);
  if (index && no_boot_[*index]) return {BootFailed{"kernel", "simulated: this commit does not boot"}, {}};

  std::optional<Duration> bug_at;
  if (has_bug(commit)) bug_at = crash_time(dice);
  if (by_mistake) bug_at = std::min(bug_at.value_or(mistake_at), mistake_at);
  const bool bug_first = bug_at && (!other || *bug_at <= other_at);
  if (bug_first && *bug_at < time) return {Crashed{{simulated_bug()}, *bug_at, false}, *bug_at};
  if (!bug_first && other && other_at < time) return {Crashed{{another_bug()}, other_at, false}, other_at};
  return {Survived{time}, time};
}

}  // namespace rigbisect
