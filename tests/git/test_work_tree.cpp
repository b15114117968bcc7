#include <doctest/doctest.h>
#include <sys/stat.h>

#include "git/repository.h"
#include "scratch_repository.h"

using namespace rigbisect;
using test::read;
using test::ScratchRepository;
using test::write;
namespace fs = std::filesystem;

namespace {

const ScratchRepository& sample() {
  static const ScratchRepository repository({
      {.mark = "one",
       .files = {{"Makefile", "all:\n"},
                 {"mm/a.c", "one\ntwo\nthree\n"},
                 {"mm/b.c", "b\n"},
                 {"100755 run", "#!\n"},
                 {"120000 link", "mm"},
                 {".gitignore", "/*\n"}}},
      {.mark = "two",
       .parents = {"one"},
       .files = {{"Makefile", "all:\n"},
                 {"mm/a.c", "one\n2\nthree\n"},
                 {"run/deep/file", "x"},
                 {"link/file", "y"}}},
  });
  return repository;
}

struct Fixture {
  ScratchDirectory scratch;
  fs::path directory = scratch.path() / "tree";
  WorkTree tree = make();

  WorkTree make() {
    auto made = WorkTree::open(sample().path(), directory);
    REQUIRE(made.ok());
    return std::move(*made);
  }

  void check_out(const std::string& mark) {
    const auto done = tree.check_out(sample().id(mark), {});
    INFO((done.ok() ? std::string() : done.error().what));
    REQUIRE(done.ok());
  }

  // path -> content of everything that is there, links and modes included.
  std::map<std::string, std::string> content() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      const std::string path = entry.path().lexically_relative(directory).native();
      if (entry.is_symlink()) {
        found[path] = "-> " + fs::read_symlink(entry.path()).native();
      } else if (entry.is_regular_file()) {
        const bool executable = (entry.status().permissions() & fs::perms::owner_exec) != fs::perms::none;
        found[path] = read(entry.path()) + (executable ? "+x" : "");
      }
    }
    return found;
  }
};

const std::map<std::string, std::string> kOne{{"Makefile", "all:\n"}, {"mm/a.c", "one\ntwo\nthree\n"},
                                              {"mm/b.c", "b\n"},      {"run", "#!\n+x"},
                                              {"link", "-> mm"},      {".gitignore", "/*\n"}};
const std::map<std::string, std::string> kTwo{
    {"Makefile", "all:\n"}, {"mm/a.c", "one\n2\nthree\n"}, {"run/deep/file", "x"}, {"link/file", "y"}};

fs::file_time_type modified(const fs::path& file) {
  return fs::last_write_time(file);
}

}  // namespace

TEST_CASE("a checkout holds exactly the commit's files, also when files become directories") {
  Fixture f;
  f.check_out("one");
  CHECK(f.content() == kOne);
  f.check_out("two");
  CHECK(f.content() == kTwo);
  f.check_out("one");
  CHECK(f.content() == kOne);
}

TEST_CASE("files that did not change keep their time stamp") {
  Fixture f;
  f.check_out("one");
  const auto long_ago = modified(f.directory / "Makefile") - std::chrono::hours(1);
  fs::last_write_time(f.directory / "Makefile", long_ago);
  f.check_out("two");
  CHECK(modified(f.directory / "Makefile") == long_ago);
  CHECK(modified(f.directory / "mm/a.c") > long_ago);
}

TEST_CASE("edits, additions and deletions by others are undone, whatever .gitignore says") {
  Fixture f;
  f.check_out("one");
  write(f.directory / "mm/a.c", "one\n2wo\nthree\n");  // same size, within the same tick
  write(f.directory / "stray/new.c", "x");
  fs::remove(f.directory / "mm/b.c");
  fs::permissions(f.directory / "Makefile", fs::perms::owner_all);
  f.check_out("one");
  CHECK(f.content() == kOne);
}

TEST_CASE("a killed checkout is repaired by the next process") {
  ScratchDirectory scratch;
  const fs::path directory = scratch.path() / "tree";
  {
    auto tree = WorkTree::open(sample().path(), directory);
    REQUIRE(tree.ok());
    REQUIRE(tree->check_out(sample().id("one"), {}).ok());
  }
  write(directory / "mm/a.c", "one\n2");  // half of what `two` has, and the stamps are still of `one`
  write(directory / "half", "");
  auto tree = WorkTree::open(sample().path(), directory);
  REQUIRE(tree.ok());
  REQUIRE(tree->check_out(sample().id("two"), {}).ok());
  CHECK(read(directory / "mm/a.c") == kTwo.at("mm/a.c"));
  CHECK(!fs::exists(directory / "half"));
}

TEST_CASE("lost or damaged stamps cost time, not correctness") {
  ScratchDirectory scratch;
  const fs::path directory = scratch.path() / "tree";
  for (const char* damage :
       {"", "rigbisect work tree 1\n1 2 3 garbage", "rigbisect work tree 1\n1 2 3 4 5 x\nend\n"}) {
    write(directory.native() + ".stamps", damage);
    write(directory / "mm/a.c", "edited");
    auto tree = WorkTree::open(sample().path(), directory);
    REQUIRE(tree.ok());
    REQUIRE(tree->check_out(sample().id("one"), {}).ok());
    CHECK(read(directory / "mm/a.c") == kOne.at("mm/a.c"));
  }
}

TEST_CASE("a directory with foreign files is refused and left alone") {
  ScratchDirectory scratch;
  write(scratch.path() / "tree/thesis.tex", "x");
  const auto tree = WorkTree::open(sample().path(), scratch.path() / "tree");
  REQUIRE(!tree.ok());
  CHECK(tree.error().code == Errc::invalid);
  CHECK(tree.error().what.find("holds other files") != std::string::npos);
  CHECK(fs::exists(scratch.path() / "tree/thesis.tex"));
}

TEST_CASE("one work tree cannot be opened twice") {
  Fixture f;
  CHECK(WorkTree::open(sample().path(), f.directory).error().code == Errc::busy);
}

TEST_CASE("a link in the way is replaced, not followed") {
  Fixture f;
  f.check_out("one");
  const fs::path outside = f.scratch.path() / "outside";
  fs::create_directories(outside);
  fs::remove_all(f.directory / "mm");
  fs::create_directory_symlink(outside, f.directory / "mm");
  f.check_out("two");
  CHECK(fs::is_empty(outside));
  CHECK(f.content() == kTwo);
}

TEST_CASE("names that lead out of the directory are refused") {
  // git fast-import makes no such tree; mktree does.
  const fs::path repository = sample().path();
  const auto git = [&](std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), {"-C", repository.native()});
    return ScratchRepository::git(arguments, input);
  };
  const std::string blob = git({"hash-object", "-w", "--stdin"}, "evil");
  for (const char* name : {"..", ".git", ".GIT"}) {
    CAPTURE(name);
    const std::string inner = git({"mktree"}, "100644 blob " + blob + "\tevil\n");
    const std::string outer = git({"mktree"}, "040000 tree " + inner + "\t" + name + "\n");
    const std::string commit = git({"commit-tree", "-m", "evil", outer});
    Fixture f;
    const auto done = f.tree.check_out(commit, {});
    REQUIRE(!done.ok());
    CHECK(done.error().code == Errc::invalid);
    CHECK(!fs::exists(f.scratch.path() / "evil"));
  }
}

TEST_CASE("a patch is applied, is gone with the next checkout, and a second time does not apply") {
  Fixture f;
  f.check_out("one");
  const fs::path patch = f.scratch.path() / "fix.patch";
  write(
      patch,
      "From 0123 Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: [PATCH] x\n\nText\n---\n mm/a.c | 2 +-\n\n"
      "diff --git a/mm/a.c b/mm/a.c\n--- a/mm/a.c\n+++ b/mm/a.c\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n"
      "diff --git a/new/file b/new/file\nnew file mode 100644\n--- /dev/null\n+++ b/new/file\n@@ -0,0 +1 "
      "@@\n+new\n"
      "diff --git a/mm/b.c b/mm/b.c\ndeleted file mode 100644\n--- a/mm/b.c\n+++ /dev/null\n@@ -1 +0,0 "
      "@@\n-b\n"
      "-- \n2.39.5\n\n");
  auto expected = kOne;
  expected["mm/a.c"] = "one\nTWO\nthree\n";
  expected["new/file"] = "new\n";
  expected.erase("mm/b.c");
  const auto first = f.tree.apply(patch);
  REQUIRE(first.ok());
  CHECK(*first);
  CHECK(f.content() == expected);
  const auto second = f.tree.apply(patch);
  REQUIRE(second.ok());
  CHECK(!*second);
  CHECK(f.content() == expected);
  f.check_out("one");
  CHECK(f.content() == kOne);
}

TEST_CASE("a file that is no patch is an error, one that leads outside changes nothing") {
  Fixture f;
  f.check_out("one");
  const fs::path patch = f.scratch.path() / "fix.patch";
  write(patch, "hello\n");
  CHECK(f.tree.apply(patch).error().code == Errc::invalid);
  write(patch,
        "diff --git a/../evil b/../evil\nnew file mode 100644\n--- /dev/null\n+++ b/../evil\n@@ -0,0 +1 "
        "@@\n+x\n");
  const auto applied = f.tree.apply(patch);
  CHECK((!applied.ok() || !*applied));
  CHECK(!fs::exists(f.scratch.path() / "evil"));
  CHECK(f.content() == kOne);
}

TEST_CASE("nothing is written to the repository") {
  const auto listing = [] {
    std::map<std::string, fs::file_time_type> files;
    for (const auto& entry : fs::recursive_directory_iterator(sample().path())) {
      files[entry.path().native()] = entry.last_write_time();
    }
    return files;
  };
  const auto before = listing();
  Fixture f;
  f.check_out("one");
  const fs::path patch = f.scratch.path() / "fix.patch";
  write(patch,
        "diff --git a/Makefile b/Makefile\n--- a/Makefile\n+++ b/Makefile\n@@ -1 +1 @@\n-all:\n+none:\n");
  CHECK(*f.tree.apply(patch));
  f.check_out("two");
  CHECK(listing() == before);
}

TEST_CASE("a stopped checkout is completed by the next one") {
  Fixture f;
  std::stop_source stop;
  stop.request_stop();
  CHECK(f.tree.check_out(sample().id("one"), stop.get_token()).error().code == Errc::cancelled);
  f.check_out("one");
  CHECK(f.content() == kOne);
}

TEST_CASE("a commit without the change of another one has the files that git revert makes") {
  const std::string lines = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  const std::string fifth = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n";
  const ScratchRepository history({
      {.mark = "root", .files = {{"a.c", lines}, {"b.c", "b\n"}}, .tags = {"v1.0"}},
      {.mark = "change", .parents = {"root"}, .files = {{"a.c", fifth}, {"b.c", "b\n"}, {"new.c", "n\n"}}},
      {.mark = "side", .parents = {"root"}, .files = {{"a.c", lines}, {"b.c", "b\n"}, {"side.c", "s\n"}}},
      {.mark = "merge",
       .parents = {"change", "side"},
       .files = {{"a.c", fifth}, {"b.c", "b\n"}, {"new.c", "n\n"}, {"side.c", "s\n"}}},
      {.mark = "last",
       .parents = {"merge"},
       .files = {{"a.c", fifth + "10\n"}, {"b.c", "b2\n"}, {"new.c", "n\n"}, {"side.c", "s\n"}}},
      {.mark = "rewritten",
       .parents = {"last"},
       .files = {{"a.c", "other\n"}, {"b.c", "b2\n"}, {"new.c", "n2\n"}}},
      {.mark = "gone",
       .parents = {"last"},
       .files = {{"a.c", lines + "10\n"}, {"b.c", "b2\n"}, {"side.c", "s\n"}}},
  });
  const auto objects_before = ScratchRepository::git({"-C", history.path().native(), "count-objects", "-v"});
  const auto repository = Repository::open(history.path());
  REQUIRE(repository.ok());
  ScratchDirectory scratch;
  auto tree = WorkTree::open(history.path(), scratch.path() / "tree");
  REQUIRE(tree.ok());
  const auto at = [&](const char* name) { return read(tree->directory() / name); };
  SUBCASE("beside later changes") {
    const auto id = repository->without(history.id("last"), history.id("change"));
    REQUIRE_MESSAGE(id.ok(), id.error().what);
    CHECK(*id == history.id("last") + "-without-" + history.id("change"));
    REQUIRE(tree->check_out(*id, {}));
    CHECK(at("a.c") == lines + "10\n");
    CHECK(at("b.c") == "b2\n");
    CHECK(at("side.c") == "s\n");
    CHECK(!fs::exists(tree->directory() / "new.c"));
    CHECK(*repository->tree_of(*id) == *repository->tree_of(history.id("gone")));
    CHECK(*repository->newest_release_in(*id) == "v1.0");
  }
  SUBCASE("a merge takes back what it brought in") {
    const auto id = repository->without(history.id("last"), history.id("merge"));
    REQUIRE_MESSAGE(id.ok(), id.error().what);
    REQUIRE(tree->check_out(*id, {}));
    CHECK(!fs::exists(tree->directory() / "side.c"));
    CHECK(at("new.c") == "n\n");
  }
  SUBCASE("conflicts are named") {
    const auto none = repository->without(history.id("rewritten"), history.id("change"));
    REQUIRE(!none.ok());
    CHECK(none.error().code == Errc::invalid);
    CHECK(none.error().what.ends_with(": git stops with conflicts in a.c, new.c"));
  }
  SUBCASE("what was reverted already is not reverted again") {
    const auto none = repository->without(history.id("gone"), history.id("change"));
    REQUIRE(!none.ok());
    CHECK(none.error().what.ends_with(": nothing of that change is left there"));
  }
  SUBCASE("ids that are none are refused") {
    CHECK(!repository->without("HEAD", history.id("change")).ok());
    CHECK(!repository->tree_of(history.id("last") + "-without-").ok());
  }
  CHECK(ScratchRepository::git({"-C", history.path().native(), "count-objects", "-v"}) == objects_before);
}
