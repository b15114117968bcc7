#include "config/scenario.h"

#include <cmath>

#include "base/text.h"
#include "config/map_reader.h"
#include "config/scenario_parts.h"
#include "config/yaml_tree.h"

namespace rigbisect {
namespace {

constexpr double kLongestSeconds = 1e7;
constexpr YamlLimits kLimits{.bytes = 16u << 20, .nodes = 1'000'000};  // a history may be listed

void read_seconds(MapReader& map, std::string_view key, double min, Duration& into) {
  double seconds = 0;
  if (map.real(key, min, kLongestSeconds, seconds) == nullptr) return;
  into = std::chrono::nanoseconds(std::llround(seconds * 1e9));
}

void read_chance(MapReader& map, std::string_view key, double& into) {
  map.real(key, 0, 1, into);
}

std::optional<ScenarioPlace> read_place(MapReader& map, std::string_view key) {
  const YamlNode* node = map.find(key);
  const auto commit = node == nullptr ? std::nullopt : read_commit(*node, map.name_of(key), map.problems());
  if (!commit) return std::nullopt;
  if (commit->id == "random") return ScenarioPlace{true, std::nullopt};
  return ScenarioPlace{false, commit};
}

ScenarioBug read_bug(const YamlNode& node, Problems& problems) {
  ScenarioBug bug;
  MapReader map(node, "bug", problems);
  bug.introduced = read_place(map, "introduced");
  bug.fixed = read_place(map, "fixed");
  read_chance(map, "rate", bug.rate);
  const YamlNode* time = map.find("time_to_crash_s");
  if (time != nullptr && time->scalar != "uniform") {
    if (const auto mean = read_real(*time, "bug.time_to_crash_s", 1e-3, kLongestSeconds, problems)) {
      bug.mean_time_to_crash = std::chrono::nanoseconds(std::llround(*mean * 1e9));
    }
  }
  map.finish();
  return bug;
}

ScenarioNoise read_noise(const YamlNode& node, Problems& problems) {
  ScenarioNoise noise;
  MapReader map(node, "noise", problems);
  read_chance(map, "false_crash_rate", noise.false_crash_rate);
  read_chance(map, "other_crash_rate", noise.other_crash_rate);
  read_chance(map, "board_fault_rate", noise.board_fault_rate);
  map.finish();
  return noise;
}

// ["500", "600"] or "700".
std::optional<CommitSpan> read_span(const YamlNode& node, const std::string& name, Problems& problems) {
  if (node.kind == YamlNode::Kind::scalar) {
    const auto only = read_commit(node, name, problems);
    return only ? std::optional(CommitSpan{*only, *only}) : std::nullopt;
  }
  if (node.kind != YamlNode::Kind::list || node.items.size() != 2) {
    problems.add(node.mark, name + ": expected a commit, or the first and the last of some: [a, b]");
    return std::nullopt;
  }
  const auto first = read_commit(node.items[0], name, problems);
  const auto last = read_commit(node.items[1], name, problems);
  if (!first || !last) return std::nullopt;
  return CommitSpan{*first, *last};
}

void read_spans(MapReader& map, std::string_view key, std::vector<CommitSpan>& into) {
  const YamlNode* node = map.find(key);
  if (node == nullptr) return;
  const std::string name = map.name_of(key);
  if (node->kind != YamlNode::Kind::list) {
    map.problems().add(node->mark, name + ": expected a list such as [[a, b], c]");
    return;
  }
  for (const YamlNode& item : node->items) {
    const std::string item_name = name + "[" + std::to_string(&item - node->items.data()) + "]";
    if (const auto span = read_span(item, item_name, map.problems())) into.push_back(*span);
  }
}

ScenarioUntestable read_untestable(const YamlNode& node, Problems& problems) {
  ScenarioUntestable untestable;
  MapReader map(node, "untestable", problems);
  read_spans(map, "no_build", untestable.no_build);
  read_spans(map, "no_boot", untestable.no_boot);
  if (const YamlNode* regions = map.find("random_regions")) {
    MapReader random(*regions, "untestable.random_regions", problems);
    random.real("fraction", 0, 0.9, untestable.region_fraction);
    random.real("mean_length", 1, 1e6, untestable.region_mean_length);
    random.finish();
  }
  map.finish();
  return untestable;
}

ScenarioSuspects read_suspects(const YamlNode& node, Problems& problems) {
  ScenarioSuspects suspects;
  MapReader map(node, "suspects", problems);
  map.integer("count", 0, 1'000'000, suspects.count);
  read_chance(map, "holds_culprit", suspects.holds_culprit);
  map.finish();
  return suspects;
}

ScenarioCosts read_costs(const YamlNode& node, Problems& problems) {
  ScenarioCosts costs;
  MapReader map(node, "costs", problems);
  read_seconds(map, "build_s", 0, costs.build);
  costs.incremental_build = costs.build;
  read_seconds(map, "incremental_build_s", 0, costs.incremental_build);
  read_seconds(map, "boot_s", 0, costs.boot);
  read_seconds(map, "repro_s", 0.1, costs.repro);
  map.finish();
  return costs;
}

ScenarioResources read_resources(const YamlNode& node, Problems& problems) {
  ScenarioResources resources;
  MapReader map(node, "resources", problems);
  map.integer("boards", 1, 256, resources.boards);
  map.integer("build_slots", 1, 256, resources.build_slots);
  map.boolean("build_ahead", resources.build_ahead);
  map.finish();
  return resources;
}

// One of two words; `second` says whether it is the second one.
void read_choice(MapReader& map, std::string_view key, const std::string (&words)[2], bool& second) {
  std::string word = words[second ? 1 : 0];
  const YamlNode* node = map.text(key, word);
  second = word == words[1];
  if (node == nullptr || second || word == words[0]) return;
  map.problems().add(node->mark, map.name_of(key) + ": expected " + words[0] + " or " + words[1] + ", not " +
                                     shown(word) + did_you_mean_suffix(word, words));
}

ScenarioPolicy read_policy(const YamlNode& node, Problems& problems) {
  ScenarioPolicy policy;
  MapReader map(node, "policy", problems);
  read_choice(map, "planner", {"bayes", "classic"}, policy.classic);
  map.real("confidence", 0.5, 0.9999, policy.confidence);
  map.integer("reproduce_runs", 1, 10'000, policy.reproduce_runs);
  map.integer("runs", 1, 10'000, policy.runs);
  const YamlNode* need = map.integer("need", 1, 10'000, policy.need);
  if (need != nullptr && policy.need > policy.runs) {
    problems.add(need->mark, "policy.need: " + std::to_string(policy.need) + " crashes in " +
                                 std::to_string(policy.runs) + " runs can never be");
  }
  map.boolean("sequential", policy.sequential);
  map.integer("confirm_runs", 0, 10'000, policy.confirm_runs);
  map.integer("budget_runs", 1, 1'000'000, policy.budget_runs);
  map.finish();
  return policy;
}

template <typename T>
void read_part(MapReader& map, std::string_view key, T (*read)(const YamlNode&, Problems&), T& into) {
  if (const YamlNode* node = map.find(key)) into = read(*node, map.problems());
}

void read_ends(MapReader& map, Scenario& scenario) {
  if (const YamlNode* node = map.find("start")) scenario.start = read_commit(*node, "start", map.problems());
  if (const YamlNode* node = map.find("good")) scenario.good = read_commit(*node, "good", map.problems());
  read_choice(map, "mode", {"cause", "fix"}, scenario.fix);
}

}  // namespace

Result<Scenario> parse_scenario(std::string_view yaml, const std::filesystem::path& file) {
  Problems problems(file);
  const auto root = parse_yaml(yaml, problems, kLimits);
  if (!root) return problems.error();
  Scenario scenario;
  scenario.file = absolute_file(file);
  MapReader map(*root, "", problems);
  if (const YamlNode* node =
          map.require("history", "such as {chain: 1000}, {git: ...} or {commits: [...]}")) {
    const auto history = read_history(*node, scenario.file.parent_path(), problems);
    if (history) scenario.history = *history;
  }
  read_ends(map, scenario);
  if (const YamlNode* node = map.require("bug", "such as {introduced: random, rate: 0.3}")) {
    scenario.bug = read_bug(*node, problems);
  }
  read_part(map, "noise", &read_noise, scenario.noise);
  read_part(map, "untestable", &read_untestable, scenario.untestable);
  read_spans(map, "same_binary", scenario.same_binary);
  read_part(map, "suspects", &read_suspects, scenario.suspects);
  read_part(map, "costs", &read_costs, scenario.costs);
  read_part(map, "resources", &read_resources, scenario.resources);
  read_part(map, "policy", &read_policy, scenario.policy);
  map.integer("trials", 1, 1'000'000, scenario.trials);
  int seed = 1;
  if (map.integer("seed", 0, 2'000'000'000, seed) != nullptr)
    scenario.seed = static_cast<std::uint64_t>(seed);
  map.finish();
  if (!problems.empty()) return problems.error();
  return scenario;
}

Result<Scenario> load_scenario(const std::filesystem::path& file) {
  const auto text = read_yaml_file(file, kLimits);
  if (!text) return text.error();
  return parse_scenario(*text, file);
}

}  // namespace rigbisect
