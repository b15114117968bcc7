#include <doctest/doctest.h>

#include "config/recipe.h"
#include "os/file.h"
#include "tests/fakes/scratch_directory.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// A scratch directory with the files that the recipes below name.
class Scratch {
 public:
  Scratch() {
    for (const char* name :
         {"demo/kernel.config", "demo/bug.c", "demo/fix.patch", "demo/data", "other/data"}) {
      REQUIRE(write_file_atomically(path_ / name, "x\n"));
    }
  }

  Result<Recipe> parse(const std::string& yaml) const { return parse_recipe(yaml, path_ / "r.yaml"); }

  // The error with the scratch directory written as "DIR".
  std::string error_of(const std::string& yaml) const {
    const auto recipe = parse(yaml);
    std::string what = recipe ? "no error" : recipe.error().what;
    for (std::size_t at = what.find(path_.native()); at != std::string::npos;
         at = what.find(path_.native())) {
      what.replace(at, path_.native().size(), "DIR");
    }
    return what;
  }
  const fs::path& path() const { return path_; }

 private:
  ScratchDirectory directory_;
  fs::path path_ = directory_.path();
};

const std::string kGood = "name: demo\ntree: ../linux\nbad: master\nreproducer: {source: demo/bug.c}\n";

TEST_CASE("a recipe with everything in it is read") {
  const Scratch scratch;
  const std::string yaml = R"(
name: demo_1.x
tree: ../linux
bad: master
good: v6.1.1
mode: cause
kernel:
  arch: x86_64
  base: tinyconfig
  fragments: [demo/kernel.config]
  compilers: [{from: v0, cc: gcc}, {from: v5.16-rc1, cc: /opt/gcc-12/bin/gcc}]
  cross_compile: x86_64-linux-gnu-
  patches: [demo/fix.patch]
  target: bzImage
  jobs: 2
  ccache: false
  build_time: 30m
reproducer: {source: demo/bug.c, cflags: [-O2, -g], time: 4s, once: true, args: [-v, "1"], files: [demo/data]}
symptom: {title: "KASAN: use-after-free Read in ring_read"}
runs: 8
reproduce_runs: 30
confirm_runs: 0
confirm_revert: true
planner: bayes
confidence: 0.9
priors: false
budget: {runs: 200, hours: 12.5}
command_line: "panic=0 quiet"
)";
  const auto recipe = scratch.parse(yaml);
  REQUIRE_MESSAGE(recipe.ok(), recipe.error().what);
  CHECK(recipe->name == "demo_1.x");
  CHECK(recipe->tree == (scratch.path() / "../linux").lexically_normal());
  CHECK(recipe->bad == "master");
  CHECK(recipe->good == "v6.1.1");
  CHECK_FALSE(recipe->fix);
  CHECK(recipe->kernel.base == "tinyconfig");
  CHECK(recipe->kernel.fragments == std::vector<fs::path>{scratch.path() / "demo/kernel.config"});
  REQUIRE(recipe->kernel.compilers.size() == 2);
  CHECK(recipe->kernel.compilers[1].from == "v5.16-rc1");
  CHECK(recipe->kernel.compilers[1].cc == "/opt/gcc-12/bin/gcc");
  CHECK(recipe->kernel.cross_compile == "x86_64-linux-gnu-");
  CHECK(recipe->kernel.patches == std::vector<fs::path>{scratch.path() / "demo/fix.patch"});
  CHECK(recipe->kernel.jobs == 2);
  CHECK_FALSE(recipe->kernel.ccache);
  CHECK(recipe->kernel.build_time == 30min);
  CHECK(recipe->reproducer.kind == ReproducerRecipe::Kind::c_source);
  CHECK(recipe->reproducer.file == scratch.path() / "demo/bug.c");
  CHECK(recipe->reproducer.cflags == std::vector<std::string>{"-O2", "-g"});
  CHECK(recipe->reproducer.args == std::vector<std::string>{"-v", "1"});
  CHECK(recipe->reproducer.time == 4s);
  CHECK(recipe->reproducer.once);
  CHECK(recipe->symptom == Symptom{Symptom::Kind::title, {"KASAN: use-after-free Read in ring_read"}});
  CHECK(recipe->reproduce_runs == 30);
  CHECK(recipe->confirm_runs == 0);
  CHECK(recipe->confirm_revert);
  CHECK(recipe->bayes);
  CHECK(recipe->confidence == doctest::Approx(0.9));
  CHECK(!recipe->priors);
  CHECK(recipe->budget_runs == 200);
  CHECK(recipe->budget_hours == doctest::Approx(12.5));
  CHECK(recipe->command_line == "panic=0 quiet");
  CHECK(recipe->text == yaml);
  CHECK(recipe->file == scratch.path() / "r.yaml");
}

TEST_CASE("what a recipe leaves out has a default") {
  const Scratch scratch;
  const auto recipe = scratch.parse(kGood);
  REQUIRE_MESSAGE(recipe.ok(), recipe.error().what);
  CHECK(recipe->good == std::nullopt);
  CHECK(recipe->symptom == std::nullopt);
  CHECK(recipe->kernel.base == "defconfig");
  CHECK(recipe->kernel.jobs == 0);
  CHECK(recipe->reproducer.time == 60s);
  CHECK(recipe->runs == 8);
}

TEST_CASE("each form of a symptom is read") {
  const Scratch scratch;
  using Kind = Symptom::Kind;
  const struct {
    std::string yaml;
    Symptom symptom;
  } rows[] = {
      {"any", {Kind::any_crash, {}}},
      {"hang", {Kind::hang, {}}},
      {"reboot", {Kind::reboot, {}}},
      {"{title: [a, b]}", {Kind::title, {"a", "b"}}},
      {"{type: WARNING}", {Kind::type, {"WARNING"}}},
      {"{regex: \"KASAN: .* in ring_\"}", {Kind::regex, {"KASAN: .* in ring_"}}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.yaml);
    const auto recipe = scratch.parse(kGood + "symptom: " + row.yaml + "\n");
    REQUIRE_MESSAGE(recipe.ok(), recipe.error().what);
    CHECK(recipe->symptom == row.symptom);
  }
}

TEST_CASE("a base is a file beside the recipe if there is one, else a make target") {
  const Scratch scratch;
  const auto file = scratch.parse(kGood + "kernel: {base: demo/kernel.config}\n");
  REQUIRE_MESSAGE(file.ok(), file.error().what);
  CHECK(file->kernel.base == (scratch.path() / "demo/kernel.config").native());
  const auto target = scratch.parse(kGood + "kernel: {base: x86_64_defconfig}\n");
  REQUIRE_MESSAGE(target.ok(), target.error().what);
  CHECK(target->kernel.base == "x86_64_defconfig");
}

TEST_CASE("all mistakes of a recipe are reported at once") {
  const Scratch scratch;
  CHECK(
      scratch.error_of("nmae: x\ntree: a\nbad: b\nmode: fixx\nreproducer: {source: demo/bug.c, timeout: 5s}\n"
                       "symptom: hag\nruns: 0\n") ==
      "DIR/r.yaml:1:1: name is missing: what this bisection is called, such as demo\n"
      "DIR/r.yaml:4:7: mode: expected cause or fix, not 'fixx' (did you mean 'fix'?)\n"
      "DIR/r.yaml:5:34: unknown key 'timeout' in reproducer; known: source, script, binary, cflags, files, "
      "args, "
      "time, once\n"
      "DIR/r.yaml:6:10: symptom: expected any, hang, reboot or {title: ...}, {type: ...}, {regex: ...}, not "
      "'hag' "
      "(did you mean 'hang'?)\n"
      "DIR/r.yaml:7:7: runs: expected a whole number from 1 to 1000, not '0'\n"
      "DIR/r.yaml:1:1: unknown key 'nmae' (did you mean 'name'?)");
}

TEST_CASE("each kind of wrong value in a recipe is named") {
  const Scratch scratch;
  const std::string head = "name: d\ntree: t\nbad: b\n";
  const struct {
    std::string yaml;
    std::string message;
  } rows[] = {
      {"name: ../x\ntree: t\nbad: b\nreproducer: {source: demo/bug.c}\n",
       "1:7: name: expected at most 63 letters, digits, '.', '_' and '-', the first a letter or digit, not "
       "'../x'"},
      {head, "1:1: reproducer is missing: what triggers the bug, {source: bug.c} or script: or binary:"},
      {head + "reproducer: {time: 5s}\n",
       "4:13: reproducer: expected exactly one of source: (C), script: or binary:, and none is there"},
      {head + "reproducer: {source: demo/bug.c, script: demo/bug.c}\n",
       "4:13: reproducer: expected exactly one of source: (C), script: or binary:, and 2 are there"},
      {head + "reproducer: {source: demo/bgu.c}\n",
       "4:22: reproducer.source: there is no file DIR/demo/bgu.c"},
      {head + "reproducer: {source: demo}\n", "4:22: reproducer.source: DIR/demo is not a file"},
      {head + "reproducer: {script: demo/bug.c, cflags: [-O2]}\n",
       "4:42: reproducer.cflags: only C source (source:) is compiled"},
      {head + "reproducer: {source: demo/bug.c, files: [demo/data, other/data]}\n",
       "4:13: reproducer.files: two files are called 'data', and both go into one directory"},
      {head + "reproducer: {source: demo/bug.c, time: 100ms}\n",
       "4:40: reproducer.time: expected a duration from 1s to 24h, not '100ms'"},
      {kGood + "good:\n", "5:1: good: expected text, but nothing is there"},
      {kGood + "kernel: {arch: x86-64}\n",
       "5:16: kernel.arch: the kernel has no architecture 'x86-64' (did you mean 'x86_64'?)"},
      {kGood + "kernel: {base: demo/kernel.conf}\n",
       "5:16: kernel.base: 'demo/kernel.conf' is neither a file (there is no DIR/demo/kernel.conf) nor a "
       "make target "
       "such as tinyconfig, defconfig or x86_64_defconfig"},
      {kGood + "kernel: {fragments: [demo/kernel.config, no.config]}\n",
       "5:42: kernel.fragments[1]: there is no file DIR/no.config"},
      {kGood + "kernel: {fragments: demo/kernel.config}\n",
       "5:21: kernel.fragments: expected a list such as [a, b], not 'demo/kernel.config'"},
      {kGood + "kernel: {compilers: gcc}\n",
       "5:21: kernel.compilers: expected a list such as [{from: v0, cc: gcc}], not text"},
      {kGood + "kernel: {compilers: [{from: 5.16, cc: gcc}]}\n",
       "5:29: kernel.compilers[0].from: expected a kernel version such as v5.16, not '5.16'"},
      {kGood + "kernel: {compilers: [{from: v5}]}\n",
       "5:22: kernel.compilers[0].cc is missing: a compiler such as gcc-12 or a path"},
      {kGood + "kernel: {compilers: [{cc: gcc}, {from: v0, cc: clang}]}\n",
       "5:33: kernel.compilers[1].from: a second compiler from v0 on"},
      {kGood + "kernel: {compilers: [{cc: gcc -m32}]}\n",
       "5:27: kernel.compilers[0].cc: expected a compiler such as gcc-12 or a path, not 'gcc -m32'"},
      {kGood + "kernel: {target: \"x$(touch /tmp/x)\"}\n",
       "5:18: kernel.target: expected a make target such as bzImage, not 'x$(touch /tmp/x)'"},
      {kGood + "symptom: {title: a, type: b}\n",
       "5:10: symptom: expected exactly one of title:, type: or regex:, or the word any, hang or reboot"},
      {kGood + "symptom: {regex: " + std::string(501, 'x') + "}\n",
       "5:18: symptom.regex: the expression is too long: '" + std::string(60, 'x') + "...'"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.yaml);
    CHECK(scratch.error_of(row.yaml) == "DIR/r.yaml:" + row.message);
  }
}

TEST_CASE("an expression that does not compile is an error at its place") {
  const Scratch scratch;
  const std::string error = scratch.error_of(kGood + "symptom: {regex: \"a(\"}\n");
  CHECK_MESSAGE(error.starts_with("DIR/r.yaml:5:18: symptom.regex: "), error);
}

}  // namespace
}  // namespace rigbisect
