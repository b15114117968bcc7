#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crash/symptom.h"

namespace rigbisect {

// From this kernel version on (a release tag contained in the commit), use this compiler. Old kernels need
// old compilers.
struct CompilerRule {
  std::string from;  // "v5.16"; "" or "v0": any
  std::string cc;    // "gcc-12", "clang-15", a path
};

struct KernelRecipe {
  std::string arch = "x86_64";
  std::string base = "defconfig";  // a make target such as "tinyconfig", or a config file (absolute path)
  std::vector<std::filesystem::path> fragments;  // merged over the base, in order; absolute
  std::vector<CompilerRule> compilers;           // newest rule that fits wins; empty: "gcc"
  std::string cross_compile;                     // prefix, "x86_64-linux-gnu-"
  std::vector<std::filesystem::path>
      patches;  // applied to every commit before building, where they apply; absolute
  std::string target = "bzImage";
  int jobs = 0;  // 0: as many as there are processors
  bool ccache = true;
  Duration build_time = std::chrono::hours(2);  // a build that takes longer counts as one that fails
};

struct ReproducerRecipe {
  enum class Kind { c_source, script, binary };
  Kind kind = Kind::c_source;
  std::filesystem::path file;                // absolute
  std::vector<std::string> cflags;           // for C source; it is linked statically
  std::vector<std::filesystem::path> files;  // further files put beside it on the target, absolute
  std::vector<std::string> args;
  Duration time = std::chrono::seconds(60);  // of a run
  bool once = false;                         // execute once a run instead of again and again
};

// What to find, from a recipe file.
struct Recipe {
  std::string name;                 // [A-Za-z0-9._-]
  std::filesystem::path tree;       // a git repository, absolute
  std::string bad;                  // a revision
  std::optional<std::string> good;  // a revision; absent: walk the release tags
  bool fix = false;                 // mode: fix
  KernelRecipe kernel;
  ReproducerRecipe reproducer;
  std::optional<Symptom> symptom;
  int runs = 8;
  int reproduce_runs = 5;
  int confirm_runs = 8;
  bool confirm_revert = false;  // mode cause: also run the bad commit with the culprit reverted
  bool bayes = true;            // planner: bayes, else classic
  double confidence = 0.97;     // for planner bayes: the search ends when a commit has this probability
  bool priors = true;           // for planner bayes: commits that touch what the crash names are likelier
  int budget_runs = 0;          // 0: no limit
  double budget_hours = 0;      // of boards, together; 0: no limit
  std::string command_line;
  std::filesystem::path file;
  std::string text;  // the file as it was read, kept with the campaign
};

// Reads and checks a recipe. Errors as in load_board(): file:line:column, expectation, suggestion; all at
// once. Files that the recipe names must exist. The tree and its revisions are not looked at here.
Result<Recipe> load_recipe(const std::filesystem::path& file);

Result<Recipe> parse_recipe(std::string_view yaml, const std::filesystem::path& file);

}  // namespace rigbisect
