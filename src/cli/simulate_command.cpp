#include "cli/simulate_command.h"

#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/campaign_result.h"
#include "cli/exit_code.h"
#include "cli/simulation_report.h"
#include "config/scenario.h"

namespace rigbisect {
namespace {

constexpr const char* kFooter =
    "A scenario is YAML; all keys but history and bug may be left out:\n"
    "\n"
    "  history: {chain: 15200}      # commits \"1\" to \"15200\"; or {git: {repo: PATH, bad: REV, good: "
    "REV}};\n"
    "                               # or {commits: [{id: a, tags: [v4.0]}, {id: b, parents: [a], files: "
    "[x/y.c]}]}\n"
    "  start: \"905\"                 # the reported commit; default: the newest (mode fix: the oldest)\n"
    "  good: \"400\"                  # left out: walk the release tags; without tags: the oldest commit\n"
    "  mode: cause                  # or fix\n"
    "  bug: {introduced: random, fixed: \"803\", rate: 0.29, time_to_crash_s: 60}   # a commit or random; "
    "rate: of\n"
    "                               # whole runs; time: mean of an exponential, or uniform (default)\n"
    "  noise: {false_crash_rate: 0, other_crash_rate: 0.02, board_fault_rate: 0.01}\n"
    "  untestable: {no_build: [[a, b]], no_boot: [c], random_regions: {fraction: 0.1, mean_length: 20}}\n"
    "  same_binary: [[a, b]]        # these commits give one and the same kernel\n"
    "  suspects: {count: 40, holds_culprit: 0.7}      # commits that the crash hints at; how often it is "
    "right\n"
    "  costs: {build_s: 320, incremental_build_s: 320, boot_s: 60, repro_s: 300}   # incremental: after a "
    "build\n"
    "                               # that is at most 1000 commits away\n"
    "  resources: {boards: 1, build_slots: 1, build_ahead: true}\n"
    "  policy: {planner: bayes, confidence: 0.97, reproduce_runs: 20}     # or planner: classic with runs: "
    "N,\n"
    "                               # need: K crashes, sequential: true (stop at the K-th); and "
    "confirm_runs: N\n"
    "                               # (none; of a campaign 8, if its recipe says nothing else), budget_runs: "
    "N\n"
    "  trials: 300\n"
    "  seed: 1\n"
    "\n"
    "A span [a, b] is by number where ids are numbers, else all that contains a and is contained in b.";

struct SimulateOptions {
  std::string scenario;
  std::optional<int> trials;
  std::optional<std::uint64_t> seed;
  std::string format = "text";
};

ExitCode simulate_scenario(const SimulateOptions& options, Environment& environment) {
  auto scenario = load_scenario(options.scenario);
  if (!scenario) return report_error(environment.err, scenario.error());
  if (options.trials) scenario->trials = *options.trials;
  if (options.seed) scenario->seed = *options.seed;
  const auto trials = simulate(*scenario, environment.clock, environment.stop);
  if (!trials) return report_error(environment.err, trials.error());
  environment.out << (options.format == "json" ? simulation_json(*trials) : simulation_text(*trials));
  return ExitCode::done;
}

}  // namespace

void add_simulate(CLI::App& app, Environment& environment, int& exit_code) {
  auto options = std::make_shared<SimulateOptions>();
  auto* command = app.add_subcommand(
      "simulate", "Play bisections of a scenario in simulated time: how long will it take, how sure is it?");
  command->add_option("SCENARIO", options->scenario, "Scenario file (YAML)")->required();
  command
      ->add_option("--trials", options->trials,
                   "Play so many, instead of what the scenario says; 1 tells the result")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--seed", options->seed, "Other chances; the same seed gives the same trials");
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->footer(kFooter);
  command->callback(
      [options, &environment, &exit_code] { exit_code = to_int(simulate_scenario(*options, environment)); });
}

}  // namespace rigbisect
