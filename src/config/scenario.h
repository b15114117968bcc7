#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/problems.h"

namespace rigbisect {

// A line of commits, "1" (oldest) to "COUNT".
struct ChainHistory {
  int count = 0;
};

// The graph of a real repository, from `bad` (mode fix: from `good`) back to the other end.
struct GitHistory {
  std::filesystem::path repo;  // absolute
  std::string bad;
  std::optional<std::string> good;  // absent: walk the release tags (mode fix: HEAD)
};

struct ListedCommit {
  std::string id;
  std::vector<std::string> parents;
  std::vector<std::string> tags;
  std::vector<std::string> files;  // that it touches
};

using ScenarioHistory = std::variant<ChainHistory, GitHistory, std::vector<ListedCommit>>;

// A commit that a scenario names, and where, for messages: which ids there are is known only later.
struct NamedCommit {
  std::string id;
  Mark mark;
};

// From `first` to `last`, both included: by number if both are numbers, else along the graph.
struct CommitSpan {
  NamedCommit first;
  NamedCommit last;
};

// Where a bug comes from or goes to: a commit, or another one in each trial.
struct ScenarioPlace {
  bool random = false;
  std::optional<NamedCommit> commit;
};

struct ScenarioBug {
  std::optional<ScenarioPlace> introduced;     // absent: every commit has it
  std::optional<ScenarioPlace> fixed;          // absent: it was never fixed
  double rate = 1;                             // chance that a run of the whole `repro` crashes
  std::optional<Duration> mean_time_to_crash;  // exponential, cut at `repro`; absent: uniform over it
};

struct ScenarioNoise {
  double false_crash_rate = 0;  // chance that a run shows the symptom though the bug did not cause it
  double other_crash_rate = 0;  // chance that a run ends in a crash of another kind
  double board_fault_rate = 0;  // chance that the rig fails
};

struct ScenarioUntestable {
  std::vector<CommitSpan> no_build;
  std::vector<CommitSpan> no_boot;
  double region_fraction = 0;      // of all commits, drawn anew in each trial
  double region_mean_length = 20;  // commits
};

struct ScenarioSuspects {
  int count = 0;             // commits that the crash hints at; 0: none
  double holds_culprit = 0;  // chance that the culprit is among them
};

struct ScenarioCosts {
  Duration build = std::chrono::seconds(320);              // from scratch
  Duration incremental_build = std::chrono::seconds(320);  // after one that is not far away
  Duration boot = std::chrono::seconds(60);
  Duration repro = std::chrono::seconds(300);  // a whole run of the reproducer
};

struct ScenarioResources {
  int boards = 1;
  int build_slots = 1;
  bool build_ahead = true;
};

struct ScenarioPolicy {
  bool classic = false;  // planner: classic; else bayes
  double confidence = 0.97;
  int reproduce_runs = 20;
  int runs = 8;             // classic: of each commit
  int need = 1;             // classic: crashes that make it bad
  bool sequential = false;  // classic: stop at the need-th crash instead of making all runs
  int confirm_runs = 0;     // of the culprit's parents
  int budget_runs = 0;      // that may be made; 0: no limit
};

// What `rigbisect simulate` plays, from a scenario file.
struct Scenario {
  ScenarioHistory history;
  std::optional<NamedCommit> start;  // absent: the newest
  std::optional<NamedCommit> good;   // absent: walk the release tags
  bool fix = false;
  ScenarioBug bug;
  ScenarioNoise noise;
  ScenarioUntestable untestable;
  std::vector<CommitSpan> same_binary;
  ScenarioSuspects suspects;
  ScenarioCosts costs;
  ScenarioResources resources;
  ScenarioPolicy policy;
  int trials = 300;
  std::uint64_t seed = 1;
  std::filesystem::path file;
};

// Reads and checks a scenario. Errors as in load_board(): file:line:column, expectation, suggestion; all at
// once. Whether the commits it names exist is found out when it is played. Blocks for file I/O.
Result<Scenario> load_scenario(const std::filesystem::path& file);

Result<Scenario> parse_scenario(std::string_view yaml, const std::filesystem::path& file);

}  // namespace rigbisect
