#include "config/recipe.h"

#include <algorithm>

#include "base/text.h"
#include "config/map_reader.h"
#include "config/recipe_parts.h"
#include "config/yaml_tree.h"

namespace rigbisect {
namespace {

constexpr std::size_t kLongestRevision = 200;

bool is_recipe_name(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  const bool hidden = name.front() == '.' || name.front() == '-';
  return name.size() <= 63 && !hidden && std::all_of(name.begin(), name.end(), allowed);
}

void read_name(MapReader& map, Recipe& recipe) {
  const YamlNode* node = map.require("name", "what this bisection is called, such as demo");
  const auto name = node == nullptr ? std::nullopt : read_text(*node, "name", map.problems());
  if (!name) return;
  if (is_recipe_name(*name)) {
    recipe.name = *name;
  } else {
    map.problems().add(
        node->mark,
        "name: expected at most 63 letters, digits, '.', '_' and '-', the first a letter or digit, not " +
            shown(*name));
  }
}

std::string read_revision(const YamlNode& node, const std::string& name, Problems& problems) {
  const auto revision = read_text(node, name, problems);
  if (!revision) return "";
  if (revision->size() > kLongestRevision) {
    problems.add(node.mark, name + ": too long for a revision: " + shown(*revision));
    return "";
  }
  return *revision;
}

void read_range(MapReader& map, const std::filesystem::path& directory, Recipe& recipe) {
  Problems& problems = map.problems();
  if (const YamlNode* node = map.require("tree", "the git repository of the kernel, relative to this file")) {
    recipe.tree = read_path(*node, "tree", directory, problems).value_or("");
  }
  if (const YamlNode* node = map.require("bad", "a revision that has the bug, such as master or v6.2")) {
    recipe.bad = read_revision(*node, "bad", problems);
  }
  if (const YamlNode* good = map.find("good")) recipe.good = read_revision(*good, "good", problems);
  std::string mode = "cause";
  const YamlNode* node = map.text("mode", mode);
  recipe.fix = mode == "fix";
  if (mode != "cause" && !recipe.fix) {
    const std::string modes[] = {"cause", "fix"};
    problems.add(node->mark,
                 "mode: expected cause or fix, not " + shown(mode) + did_you_mean_suffix(mode, modes));
  }
}

void read_planner(MapReader& map, Recipe& recipe) {
  std::string planner = "bayes";
  const YamlNode* node = map.text("planner", planner);
  recipe.bayes = planner == "bayes";
  if (planner != "classic" && !recipe.bayes) {
    const std::string planners[] = {"bayes", "classic"};
    map.problems().add(node->mark, "planner: expected bayes or classic, not " + shown(planner) +
                                       did_you_mean_suffix(planner, planners));
  }
  map.real("confidence", 0.5, 0.9999, recipe.confidence);
  map.boolean("priors", recipe.priors);
}

void read_budget(const YamlNode& node, Recipe& recipe, Problems& problems) {
  MapReader map(node, "budget", problems);
  map.integer("runs", 1, 1'000'000, recipe.budget_runs);
  map.real("hours", 0.01, 100'000, recipe.budget_hours);
  map.finish();
}

void read_effort(MapReader& map, Recipe& recipe) {
  map.integer("runs", 1, 1000, recipe.runs);
  map.integer("reproduce_runs", 1, 1000, recipe.reproduce_runs);
  map.integer("confirm_runs", 0, 1000, recipe.confirm_runs);
  if (const YamlNode* revert = map.boolean("confirm_revert", recipe.confirm_revert);
      recipe.confirm_revert && recipe.fix) {
    map.problems().add(revert->mark,
                       "confirm_revert: only a cause can be reverted, with mode: fix say nothing here");
  }
  read_command_line(map, "a board", recipe.command_line);
}

}  // namespace

Result<Recipe> parse_recipe(std::string_view yaml, const std::filesystem::path& file) {
  Problems problems(file);
  const auto root = parse_yaml(yaml, problems);
  if (!root) return problems.error();
  Recipe recipe;
  recipe.file = absolute_file(file);
  recipe.text = yaml;
  const std::filesystem::path directory = recipe.file.parent_path();

  MapReader map(*root, "", problems);
  read_name(map, recipe);
  read_range(map, directory, recipe);
  if (const YamlNode* node = map.find("kernel")) recipe.kernel = read_kernel(*node, directory, problems);
  if (const YamlNode* node =
          map.require("reproducer", "what triggers the bug, {source: bug.c} or script: or binary:")) {
    recipe.reproducer = read_reproducer(*node, directory, problems);
  }
  if (const YamlNode* node = map.find("symptom")) recipe.symptom = read_symptom(*node, problems);
  read_effort(map, recipe);
  read_planner(map, recipe);
  if (const YamlNode* node = map.find("budget")) read_budget(*node, recipe, problems);
  map.finish();
  if (!problems.empty()) return problems.error();
  return recipe;
}

Result<Recipe> load_recipe(const std::filesystem::path& file) {
  const auto text = read_yaml_file(file);
  if (!text) return text.error();
  return parse_recipe(*text, file);
}

}  // namespace rigbisect
