#include <algorithm>
#include <set>
#include <string_view>

#include "base/text.h"
#include "config/map_reader.h"
#include "config/recipe_files.h"
#include "config/recipe_parts.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

bool consists_of(std::string_view text, std::string_view punctuation) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           punctuation.find(c) != std::string_view::npos;
  });
}

// A word that ends up as an argument or a variable of make.
void read_word(MapReader& map, std::string_view key, std::string_view expectation, std::string& into) {
  const YamlNode* node = map.find(key);
  if (node == nullptr || (node->kind == YamlNode::Kind::scalar && node->scalar.empty() && into.empty()))
    return;
  const auto text = read_text(*node, map.name_of(key), map.problems());
  if (!text) return;
  if (text->size() <= 200 && text->front() != '-' && consists_of(*text, "._+/-")) {
    into = *text;
  } else {
    map.problems().add(node->mark,
                       map.name_of(key) + ": expected " + std::string(expectation) + ", not " + shown(*text));
  }
}

void read_arch(MapReader& map, std::string& arch) {
  // The directories of arch/ in the kernel and the two other names its Makefile takes.
  static const std::vector<std::string> known = {
      "alpha", "arc",        "arm",     "arm64", "csky",     "hexagon", "i386",    "ia64",  "loongarch",
      "m68k",  "microblaze", "mips",    "nios2", "openrisc", "parisc",  "powerpc", "riscv", "s390",
      "sh",    "sparc",      "sparc64", "um",    "x86",      "x86_64",  "xtensa"};
  const YamlNode* node = map.text("arch", arch);
  if (node == nullptr || std::count(known.begin(), known.end(), arch) > 0) return;
  map.problems().add(node->mark, map.name_of("arch") + ": the kernel has no architecture " + shown(arch) +
                                     did_you_mean_suffix(arch, known));
}

void read_base(MapReader& map, const fs::path& directory, std::string& base) {
  const YamlNode* node = map.find("base");
  const std::string name = map.name_of("base");
  const auto path = node == nullptr ? std::nullopt : read_path(*node, name, directory, map.problems());
  if (!path) return;
  const std::string text(trim(node->scalar));
  const std::string_view ending = "config";
  const bool target = text.size() <= 100 && text.size() > ending.size() && text.front() != '-' &&
                      consists_of(text, "_-") && text.substr(text.size() - ending.size()) == ending;
  if (is_file(*path)) {
    base = path->native();
  } else if (target) {
    base = text;
  } else {
    map.problems().add(node->mark,
                       name + ": " + shown(text) + " is neither a file (there is no " +
                           printable(path->native()) +
                           ") nor a make target such as tinyconfig, defconfig or x86_64_defconfig");
  }
}

// "v0", "v5.16", "v6.1-rc3"
bool is_version(std::string_view text) {
  if (text.size() < 2 || text.size() > 32 || text.front() != 'v') return false;
  const std::size_t candidate = text.find("-rc");
  const auto number = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (candidate != std::string_view::npos && !number(text.substr(candidate + 3))) return false;
  const auto parts =
      split(text.substr(1, candidate == std::string_view::npos ? candidate : candidate - 1), '.');
  return std::all_of(parts.begin(), parts.end(), number);
}

void read_compilers(MapReader& map, std::vector<CompilerRule>& rules) {
  const YamlNode* list = map.find("compilers");
  if (list == nullptr) return;
  Problems& problems = map.problems();
  const std::string name = map.name_of("compilers");
  if (list->kind != YamlNode::Kind::list) {
    problems.add(list->mark,
                 name + ": expected a list such as [{from: v0, cc: gcc}], not " + describe(list->kind));
    return;
  }
  std::set<std::string> seen;
  for (const YamlNode& item : list->items) {
    MapReader rule(item, name + "[" + std::to_string(&item - list->items.data()) + "]", problems);
    CompilerRule read{"v0", ""};
    const YamlNode* from = rule.text("from", read.from);
    if (from != nullptr && !is_version(read.from)) {
      problems.add(from->mark, rule.name_of("from") + ": expected a kernel version such as v5.16, not " +
                                   shown(read.from));
    }
    if (rule.is_map() && !seen.insert(read.from).second) {
      problems.add(item.mark,
                   rule.name_of("from") + ": a second compiler from " + printable(read.from) + " on");
    }
    read_word(rule, "cc", "a compiler such as gcc-12 or a path", read.cc);
    if (rule.is_map() && read.cc.empty()) (void)rule.require("cc", "a compiler such as gcc-12 or a path");
    rule.finish();
    rules.push_back(std::move(read));
  }
}

}  // namespace

KernelRecipe read_kernel(const YamlNode& node, const fs::path& directory, Problems& problems) {
  KernelRecipe kernel;
  MapReader map(node, "kernel", problems);
  read_arch(map, kernel.arch);
  read_base(map, directory, kernel.base);
  kernel.fragments = read_existing_files(map, "fragments", directory);
  read_compilers(map, kernel.compilers);
  read_word(map, "cross_compile", "a prefix such as x86_64-linux-gnu-", kernel.cross_compile);
  kernel.patches = read_existing_files(map, "patches", directory);
  read_word(map, "target", "a make target such as bzImage", kernel.target);
  map.integer("jobs", 0, 1024, kernel.jobs);
  map.boolean("ccache", kernel.ccache);
  map.duration("build_time", std::chrono::seconds(10), std::chrono::hours(100), kernel.build_time);
  map.finish();
  return kernel;
}

}  // namespace rigbisect
