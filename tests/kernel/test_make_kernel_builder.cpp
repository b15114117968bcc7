#include <map>

#include <doctest/doctest.h>
#include <stdlib.h>

#include "base/text.h"
#include "elf_sample.h"
#include "kernel/make_kernel_builder.h"
#include "os/real_clock.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/files.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using test::read;
using test::write;
namespace fs = std::filesystem;

namespace {

using Files = std::map<std::string, std::string>;

const fs::path kTools = fs::path(RIGBISECT_SOURCE_DIR) / "tests/data/fake-kernel-tools";

// Puts the fake make in front of PATH, once for this test program.
bool use_fake_tools() {
  static const bool done = [] {
    const char* path = ::getenv("PATH");
    return ::setenv("PATH", (kTools.native() + ":" + (path == nullptr ? "/usr/bin:/bin" : path)).c_str(),
                    1) == 0;
  }();
  return done;
}

Files plain_tree() {
  return {{"Makefile", "# kernel"},
          {"Kconfig", "A\nB\nOLD\n"},
          {"configs/tinyconfig", "CONFIG_A=y\n# CONFIG_B is not set\n"},
          {"one.c", "one"},
          {"two.c", "two"}};
}

struct Rig {
  ScratchDirectory scratch;
  std::map<std::string, Files> commits;
  std::map<std::string, std::string> releases;
  std::vector<std::string> checkouts;
  std::vector<std::string> lines;  // of progress
  RealClock clock;
  KernelSpec spec{.base = "tinyconfig", .ccache = false};
  KernelDirectories directories{path("source"), path("objects"), path("cache"), path("logs")};
  std::stop_source stop;

  Rig() { REQUIRE(use_fake_tools()); }

  fs::path path(const char* name) const { return scratch.path() / name; }

  SourceTree source() {
    return {[this](const std::string& commit) -> Result<std::string> {
              std::string tree;
              for (const auto& [name, content] : commits.at(commit)) tree += name + "=" + content + ";";
              return tree;
            },
            [this](const std::string& commit) -> Result<std::string> { return releases[commit]; },
            [this](const std::string& commit, const std::stop_token&) -> Result<void> {
              checkouts.push_back(commit);
              move_to(commits.at(commit));
              return {};
            },
            [this](const fs::path& patch) -> Result<bool> {
              const std::string text = read(patch);  // "file content"
              const auto blank = text.find(' ');
              if (!fs::exists(path("source") / text.substr(0, blank))) return false;
              write(path("source") / text.substr(0, blank), text.substr(blank + 1));
              return true;
            }};
  }

  void move_to(const Files& files) const {
    fs::create_directories(path("source"));
    for (const auto& entry : fs::recursive_directory_iterator(path("source"))) {
      if (entry.is_regular_file() &&
          !files.contains(entry.path().lexically_relative(path("source")).native())) {
        fs::remove(entry.path());
      }
    }
    for (const auto& [name, content] : files) {
      const fs::path file = path("source") / name;
      if (fs::exists(file) && read(file) == content) continue;
      write(file, content);
    }
  }

  Result<KernelBuild> build(const std::string& commit) {
    lines.clear();
    MakeKernelBuilder builder(spec, directories, source(), clock);
    return builder.build(
        commit, [this](const std::string& line) { lines.push_back(line); }, stop.get_token());
  }

  std::optional<KernelBuild> find(const std::string& commit) {
    auto found = MakeKernelBuilder(spec, directories, source(), clock).find(commit, stop.get_token());
    INFO((found.ok() ? std::string() : found.error().what));
    REQUIRE(found.ok());
    return std::move(*found);
  }

  KernelImage image(const std::string& commit) {
    auto built = build(commit);
    INFO((built.ok() ? std::string() : built.error().what));
    REQUIRE(built.ok());
    if (const auto* broken = std::get_if<KernelBroken>(&*built)) FAIL(broken->first_error);
    return std::get<KernelImage>(*built);
  }

  Error fault(const std::string& commit) {
    auto built = build(commit);
    REQUIRE(!built.ok());
    return built.error();
  }

  std::vector<std::string> calls() {
    std::string text = read(path("objects.calls"));
    fs::remove(path("objects.calls"));
    std::vector<std::string> targets;
    for (const auto target : split(trim(text), '\n')) targets.emplace_back(target);
    return targets;
  }

  std::size_t compiled() const {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [](const auto& line) { return line.starts_with("CC "); }));
  }
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a build configures, compiles and puts the image into the cache") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  write(rig.path("f1.config"), "CONFIG_B=y\nCONFIG_GONE=y\n");
  rig.spec.fragments = {rig.path("f1.config")};
  const KernelImage image = rig.image("c1");
  CHECK(read(image.kernel) == "onetwoCONFIG_A=y\nCONFIG_B=y\n");
  CHECK(read(image.config) == "CONFIG_A=y\nCONFIG_B=y\n");
  CHECK(image.release == "6.1.0-rig");
  CHECK(image.compiler.starts_with("gcc ("));
  CHECK(image.vanished == Words{"CONFIG_GONE=y"});
  CHECK(!image.cached);
  CHECK(image.vmlinux.empty());
  CHECK(image.signature.size() == 64);
  CHECK(rig.calls() == Words{"tinyconfig", "olddefconfig", "bzImage"});
  CHECK(read(rig.path("logs") / "c1.log").find("CC      one.o") != std::string::npos);
}

TEST_CASE("a known kernel comes from the cache without checkout or make") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  rig.commits["same-tree"] = plain_tree();
  write(rig.path("f1.config"), "CONFIG_GONE=y\n");
  rig.spec.fragments = {rig.path("f1.config")};
  CHECK_FALSE(rig.find("c1"));
  const KernelImage first = rig.image("c1");
  rig.calls();
  const auto found = rig.find("c1");
  REQUIRE(found);
  CHECK(std::get<KernelImage>(*found).kernel == first.kernel);
  const KernelImage again = rig.image("same-tree");
  CHECK(again.cached);
  CHECK(again.kernel == first.kernel);
  CHECK(again.signature == first.signature);
  CHECK(again.compiler == first.compiler);
  CHECK(again.vanished == Words{"CONFIG_GONE=y"});
  CHECK(rig.calls() == Words{""});
  CHECK(rig.checkouts == Words{"c1"});
}

TEST_CASE("configuration, patches, compiler and target make another kernel") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  rig.image("c1");
  write(rig.path("f1.config"), "CONFIG_B=y\n");
  rig.spec.fragments = {rig.path("f1.config")};
  CHECK(!rig.image("c1").cached);
  write(rig.path("f1.config"), "# CONFIG_B is not set\n");
  CHECK(!rig.image("c1").cached);
  write(rig.path("fix.patch"), "one.c ONE");
  rig.spec.patches = {rig.path("fix.patch")};
  CHECK(read(rig.image("c1").kernel).starts_with("ONEtwo"));
  rig.spec.compilers = {{"v0", "gcc-old"}};
  const KernelImage old = rig.image("c1");
  CHECK(!old.cached);
  CHECK(old.compiler == "gcc-old (Old) 4.9.0");
  CHECK(rig.image("c1").cached);
}

TEST_CASE("a patch that does not apply is told, and the build goes on") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  write(rig.path("fix.patch"), "gone.c x");
  rig.spec.patches = {rig.path("fix.patch")};
  rig.image("c1");
  CHECK(rig.lines.at(0) == "patch fix.patch does not apply here");
}

TEST_CASE("one changed file is compiled, and configuring is not repeated") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  rig.commits["c2"] = plain_tree();
  rig.commits["c2"]["two.c"] = "2";
  rig.image("c1");
  CHECK(rig.compiled() == 2);
  rig.calls();
  CHECK(read(rig.image("c2").kernel).starts_with("one2"));
  CHECK(rig.compiled() == 1);
  CHECK(rig.calls() == Words{"bzImage"});
}

TEST_CASE("a changed Kconfig configures again, and an equal outcome keeps the time of .config") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  rig.commits["c2"] = plain_tree();
  rig.commits["c2"]["Kconfig"] = "A\nB\n";
  rig.image("c1");
  rig.calls();
  const auto time = fs::last_write_time(rig.path("objects") / ".config");
  rig.image("c2");
  CHECK(rig.calls() == Words{"tinyconfig", "olddefconfig", "bzImage"});
  CHECK(fs::last_write_time(rig.path("objects") / ".config") == time);
}

TEST_CASE("kernels before olddefconfig are configured with empty answers") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  rig.commits["c1"]["no-olddefconfig"] = "";
  rig.image("c1");
  CHECK(rig.calls() == Words{"tinyconfig", "olddefconfig", "oldconfig", "bzImage"});
}

TEST_CASE("a base configuration may be a file") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  write(rig.path("base.config"), "CONFIG_OLD=y\n");
  rig.spec.base = rig.path("base.config").native();
  CHECK(read(rig.image("c1").config) == "CONFIG_OLD=y\n");
  CHECK(rig.calls() == Words{"olddefconfig", "bzImage"});
  rig.spec.base = rig.path("missing.config").native();
  CHECK(rig.fault("c1").code == Errc::not_found);
}

TEST_CASE("a commit that does not compile is broken, and its neighbour builds on") {
  Rig rig;
  rig.commits["bad"] = plain_tree();
  rig.commits["bad"]["behaviour"] =
      "echo 'two.c:3:1: error: nope'; echo 'make: *** [two.o] Error 1'; exit 2\n";
  rig.commits["good"] = plain_tree();
  auto built = rig.build("bad");
  REQUIRE(built.ok());
  const auto& broken = std::get<KernelBroken>(*built);
  CHECK(broken.first_error == "two.c:3:1: error: nope");
  CHECK(broken.log == rig.path("logs") / "bad.log");
  CHECK(read(broken.log).find("two.c:3:1: error: nope") != std::string::npos);
  rig.image("good");
  CHECK(rig.compiled() == 0);
}

TEST_CASE("a commit that is known not to compile is not built again") {
  Rig rig;
  rig.commits["bad"] = plain_tree();
  rig.commits["bad"]["behaviour"] =
      "echo again >>" + rig.path("tries").native() + "; echo 'two.c:3:1: error: nope'; exit 2\n";
  REQUIRE(rig.build("bad").ok());
  fs::remove_all(rig.path("logs"));
  const auto found = rig.find("bad");
  REQUIRE(found);
  CHECK(std::get<KernelBroken>(*found).first_error == "two.c:3:1: error: nope");
  const auto built = rig.build("bad");
  REQUIRE(built.ok());
  const auto& broken = std::get<KernelBroken>(*built);
  CHECK(broken.first_error == "two.c:3:1: error: nope");
  CHECK(broken.compiler.find("gcc") != std::string::npos);
  CHECK(read(broken.log).find("two.c:3:1: error: nope") != std::string::npos);
  CHECK(read(rig.path("tries")) == "again\n");
}

TEST_CASE("a broken Kconfig is the commit's fault, an unknown base target the recipe's") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  rig.commits["c1"]["Kconfig"] = "broken\n";
  auto built = rig.build("c1");
  REQUIRE(built.ok());
  CHECK(std::get<KernelBroken>(*built).first_error == "Kconfig:7: syntax error");
  rig.spec.base = "nopeconfig";
  const Error error = rig.fault("c1");
  CHECK(error.code == Errc::invalid);
  CHECK(error.what.find("no configuration 'nopeconfig'") != std::string::npos);
  rig.spec.base = "--eval=x";
  CHECK(rig.fault("c1").code == Errc::invalid);
}

TEST_CASE("a full disk and a killed compiler are faults, not verdicts") {
  Rig rig;
  rig.commits["disk"] = plain_tree();
  rig.commits["disk"]["behaviour"] = "echo 'ld: final link failed: No space left on device'; exit 2\n";
  rig.commits["memory"] = plain_tree();
  rig.commits["memory"]["behaviour"] =
      "echo 'gcc: fatal error: Killed signal terminated program cc1'; exit 2\n";
  rig.commits["killed"] = plain_tree();
  rig.commits["killed"]["behaviour"] = "kill -9 $$\n";
  CHECK(rig.fault("disk").code == Errc::io);
  CHECK(rig.fault("disk").what.find("the disk is full: make room and resume") != std::string::npos);
  CHECK(rig.fault("memory").what.find("for want of memory") != std::string::npos);
  CHECK(rig.fault("killed").what.find("make was killed by signal 9") != std::string::npos);
}

TEST_CASE("the compiler is chosen by the newest release in the commit") {
  Rig rig;
  rig.commits["new"] = plain_tree();
  rig.commits["old"] = plain_tree();
  rig.commits["old"]["one.c"] = "1";
  rig.releases = {{"new", "v6.1.3"}, {"old", "v4.4"}};
  rig.spec.compilers = {{"v0", "gcc-old"}, {"v5.16", "gcc"}};
  CHECK(rig.image("new").compiler.starts_with("gcc ("));
  CHECK(rig.image("old").compiler == "gcc-old (Old) 4.9.0");
  CHECK(rig.compiled() == 2);  // nothing of the other compiler's objects is used
  rig.spec.compilers = {{"v5.16", "gcc"}};
  CHECK(rig.fault("old").what == "no compiler rule fits v4.4: add one for all older kernels (from: v0)");
  rig.spec.compilers = {{"", "gcc-none"}};
  const Error missing = rig.fault("old");
  CHECK(missing.code == Errc::not_found);
  CHECK(missing.what.find("the compiler gcc-none that the recipe wants is not usable: install it") == 0);
}

TEST_CASE("a stop kills make and all its children at once") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  rig.commits["c1"]["behaviour"] = "sleep 1000 &\necho child $!\nwait\n";
  std::string child;
  MakeKernelBuilder builder(rig.spec, rig.directories, rig.source(), rig.clock);
  const auto built = builder.build(
      "c1",
      [&](const std::string& line) {
        if (!line.starts_with("child ")) return;
        child = line.substr(6);
        rig.stop.request_stop();
      },
      rig.stop.get_token());
  REQUIRE(!built.ok());
  CHECK(built.error().code == Errc::cancelled);
  REQUIRE(!child.empty());
  std::error_code gone;
  const fs::directory_iterator open_files("/proc/" + child + "/fd", gone);
  CHECK((gone || open_files == fs::directory_iterator()));
}

TEST_CASE("a build that does not end in its time is the commit's failure") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  rig.commits["c1"]["behaviour"] = "exec sleep 1000\n";
  rig.spec.build_time = std::chrono::milliseconds(20);
  const auto built = rig.build("c1");
  REQUIRE(built.ok());
  const auto* broken = std::get_if<KernelBroken>(&*built);
  REQUIRE(broken != nullptr);
  CHECK(broken->first_error == "make did not end within 20ms (kernel: build_time)");
  rig.commits["c1"] = plain_tree();  // a quicker machine, say
  rig.spec.build_time = std::chrono::minutes(1);
  rig.image("c1");
}

TEST_CASE("what a killed build may have left half-written is built again") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  rig.image("c1");
  fs::remove_all(rig.path("cache"));
  const auto long_ago = fs::last_write_time(rig.path("objects") / "one.o") - std::chrono::hours(1);
  fs::last_write_time(rig.path("objects") / "one.o", long_ago);
  fs::last_write_time(rig.path("source") / "one.c", long_ago - std::chrono::hours(1));
  write(rig.path("objects") / ".rigbisect-building", "");  // as after kill -9
  write(rig.path("objects") / "two.o", "tw");
  CHECK(read(rig.image("c1").kernel).starts_with("onetwo"));
  CHECK(rig.compiled() == 1);
  CHECK(!fs::exists(rig.path("objects") / ".rigbisect-building"));
}

TEST_CASE("an object directory with foreign files is refused and left alone") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  write(rig.path("objects") / "thesis.tex", "x");
  CHECK(rig.fault("c1").what.find("holds other files") != std::string::npos);
  CHECK(fs::exists(rig.path("objects") / "thesis.tex"));
}

TEST_CASE("vmlinux is kept, signed, and gives the build id") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  rig.commits["c1"]["elf"] =
      test::elf_file({{".text", SHT_PROGBITS, SHF_ALLOC, "code"},
                      {".notes", SHT_NOTE, SHF_ALLOC, test::elf_note("GNU", NT_GNU_BUILD_ID, "abc")}});
  const KernelImage image = rig.image("c1");
  CHECK(image.build_id == "616263");
  CHECK(read(image.vmlinux) == rig.commits["c1"]["elf"]);
  CHECK(rig.image("c1").vmlinux == image.vmlinux);
}

TEST_CASE("a damaged cache entry is built again") {
  Rig rig;
  rig.commits["c1"] = plain_tree();
  const KernelImage image = rig.image("c1");
  write(image.kernel, "");
  const KernelImage again = rig.image("c1");
  CHECK(!again.cached);
  CHECK(read(again.kernel).starts_with("onetwo"));
}

TEST_CASE("commit ids and image names cannot lead out of the directories") {
  Rig rig;
  CHECK(rig.fault("../../etc/passwd").code == Errc::invalid);
  CHECK(rig.fault("").code == Errc::invalid);
  rig.spec.target = "--eval=x";
  CHECK(rig.fault("c1").code == Errc::invalid);
}
