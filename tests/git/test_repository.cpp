#include <set>

#include <doctest/doctest.h>
#include <unistd.h>

#include "git/repository.h"
#include "scratch_repository.h"

using namespace rigbisect;
using test::ScratchRepository;

namespace {

// v1.0 -- a -- m (v2.0, v2.1-rc1 on b) -- b ; side branch: s from v1.0, merged at m; x is unrelated.
const ScratchRepository& sample() {
  static const ScratchRepository repository({
      {.mark = "root", .files = {{"Makefile", "1"}, {"mm/a.c", "a"}}, .tags = {"v1.0"}},
      {.mark = "a", .parents = {"root"}, .files = {{"Makefile", "1"}, {"mm/a.c", "a2"}}},
      {.mark = "s", .parents = {"root"}, .files = {{"Makefile", "1"}, {"fs/s.c", "s"}, {"mm/a.c", "a"}}},
      {.mark = "m",
       .parents = {"a", "s"},
       .files = {{"Makefile", "2"}, {"fs/s.c", "s"}},
       .tags = {"v2.0", "vjunk"}},
      {.mark = "b",
       .parents = {"m"},
       .files = {{"120000 Makefile", "2"}, {"new\ttab", "s"}},
       .tags = {"v2.1-rc1"},
       .message = "subject line\n\nBody.\n\nAcked-by: Ann <Ann@X.org>\n\n"},
      {.mark = "x", .files = {{"x", "x"}}},
  });
  return repository;
}

Repository opened() {
  auto repository = Repository::open(sample().path());
  REQUIRE(repository.ok());
  return std::move(*repository);
}

}  // namespace

TEST_CASE("a directory that is no repository is named in the error") {
  const auto missing = Repository::open("/nonexistent/linux");
  REQUIRE(!missing.ok());
  CHECK(missing.error() ==
        Error{Errc::not_found,
              "/nonexistent/linux is not a git repository: give the directory that holds .git"});
}

TEST_CASE("revisions are resolved and tags are peeled") {
  const auto repository = opened();
  CHECK(*repository.resolve("v2.0") == sample().id("m"));
  CHECK(*repository.resolve("b-b") == sample().id("b"));
  CHECK(*repository.resolve("b-b~1^2") == sample().id("s"));
  CHECK(*repository.resolve(sample().id("a").substr(0, 12)) == sample().id("a"));
}

TEST_CASE("an unknown revision is an error that says what may have been meant") {
  const auto repository = opened();
  const std::string where = sample().path().native() + "/";
  CHECK(repository.resolve("v2.00").error() ==
        Error{Errc::not_found, "there is no revision 'v2.00' in " + where + " (did you mean 'v2.0'?)"});
  CHECK(repository.resolve("0123456789abcdef0123456789abcdef01234567").error().what ==
        "there is no revision '0123456789abcdef0123456789abcdef01234567' in " + where +
            ": give a tag, a branch or a commit id (is a `git fetch --tags` due?)");
  CHECK(repository.resolve("").error().code == Errc::invalid);
  CHECK(repository.resolve("--exec=\x1b[2J").error().what.find('\x1b') == std::string::npos);
  CHECK(repository.resolve("b-b:Makefile").error().code == Errc::invalid);
}

TEST_CASE("ancestry and merge bases are as git says") {
  const auto repository = opened();
  CHECK(*repository.is_ancestor(sample().id("s"), sample().id("b")));
  CHECK(*repository.is_ancestor(sample().id("b"), sample().id("b")));
  CHECK(!*repository.is_ancestor(sample().id("b"), sample().id("a")));
  CHECK(!*repository.is_ancestor(sample().id("x"), sample().id("b")));
  CHECK(*repository.merge_base(sample().id("a"), sample().id("s")) == sample().id("root"));
  CHECK(repository.merge_base(sample().id("a"), sample().id("x")).error().code == Errc::not_found);
  CHECK(repository.is_ancestor("HEAD", sample().id("a")).error().code == Errc::invalid);
}

TEST_CASE("the history ends at the boundary, which is part of it") {
  const auto graph = opened().history(sample().id("b"), {sample().id("a")}, {});
  REQUIRE(graph.ok());
  std::set<CommitId> ids;
  for (CommitGraph::Index i = 0; i < graph->size(); ++i) ids.insert(graph->at(i).id);
  CHECK(ids == std::set<CommitId>{sample().id("b"), sample().id("m"), sample().id("s"), sample().id("a")});
  const Commit& merge = graph->at(*graph->find(sample().id("m")));
  CHECK(merge.parents == std::vector<CommitId>{sample().id("a"), sample().id("s")});
  CHECK(merge.tags == std::vector<std::string>{"v2.0"});
  CHECK(graph->at(*graph->find(sample().id("b"))).subject == "subject line");
}

TEST_CASE("a stop ends the reading of a history") {
  std::stop_source stop;
  stop.request_stop();
  CHECK(opened().history(sample().id("b"), {}, stop.get_token()).error().code == Errc::cancelled);
}

TEST_CASE("releases before a commit are its ancestors, without candidates and without itself") {
  const auto repository = opened();
  using Names = std::vector<std::string>;
  CHECK(*repository.releases_before(sample().id("b")) == Names{"v2.0", "v1.0"});
  CHECK(*repository.releases_before(sample().id("m")) == Names{"v1.0"});
  CHECK(repository.releases_before(sample().id("root"))->empty());
}

TEST_CASE("the newest release in a commit counts whole releases that it contains") {
  const auto repository = opened();
  CHECK(*repository.newest_release_in(sample().id("b")) == "v2.0");
  CHECK(*repository.newest_release_in(sample().id("m")) == "v2.0");
  CHECK(*repository.newest_release_in(sample().id("s")) == "v1.0");
  CHECK(*repository.newest_release_in(sample().id("x")) == "");
}

TEST_CASE("a higher release with an earlier date wins over the first one on the way back") {
  const ScratchRepository repository({
      {.mark = "five", .tags = {"v5.0"}},
      {.mark = "old", .parents = {"five"}},
      {.mark = "six", .parents = {"five"}, .tags = {"v6.0"}},
      {.mark = "sub", .parents = {"old"}, .tags = {"v5.0.1"}},
      {.mark = "merge", .parents = {"six", "sub"}},
      {.mark = "seven", .parents = {"six"}, .tags = {"v7.0"}},
      {.mark = "late", .parents = {"sub"}},
  });
  const auto opened_one = Repository::open(repository.path());
  REQUIRE(opened_one.ok());
  CHECK(*opened_one->newest_release_in(repository.id("merge")) == "v6.0");
  CHECK(*opened_one->newest_release_in(repository.id("late")) == "v5.0.1");
}

TEST_CASE("details are what git prints about a commit") {
  const auto repository = opened();
  const auto details = repository.details(sample().id("b"));
  REQUIRE(details.ok());
  CHECK(details->author == "A U Thor <author@example.org>");
  CHECK(details->date == "Thu Aug 16 21:49:08 2018 +0200");
  CHECK(details->message == "subject line\n\nBody.\n\nAcked-by: Ann <Ann@X.org>");
  CHECK(details->parents == std::vector<CommitId>{sample().id("m")});
  CHECK(details->cc == std::vector<std::string>{"ann@x.org", "author@example.org"});
  CHECK(repository.details(sample().id("m"))->parents.size() == 2);
}

TEST_CASE("the raw diff is the one of git diff-tree without recursion") {
  const auto repository = opened();
  for (const auto& [older, newer] : {std::pair{"root", "a"}, {"root", "s"}, {"a", "m"}, {"m", "b"}}) {
    CAPTURE(newer);
    CHECK(repository.details(sample().id(newer))->raw_diff ==
          ScratchRepository::git(
              {"-C", sample().path().native(), "diff-tree", sample().id(older), sample().id(newer)}));
  }
  CHECK(repository.details(sample().id("x"))
            ->raw_diff.starts_with(":000000 100644 0000000000000000000000000000000000000000 "));
}

TEST_CASE("a repository of another user is explained" * doctest::skip(::geteuid() != 0)) {
  const ScratchRepository repository({{.mark = "one"}});
  REQUIRE(::chown(repository.path().c_str(), 4242, 4242) == 0);
  const auto refused = Repository::open(repository.path());
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == Errc::denied);
  CHECK(refused.error().what.find("git config --global --add safe.directory " + repository.path().native()) !=
        std::string::npos);
}

TEST_CASE("a shallow clone is explained") {
  const ScratchDirectory scratch;
  const std::string clone = (scratch.path() / "clone").native();
  ScratchRepository::git(
      {"clone", "-q", "--bare", "--depth=1", "--branch=b-b", "file://" + sample().path().native(), clone});
  const auto repository = Repository::open(clone);
  REQUIRE(repository.ok());
  const auto history = repository->history(sample().id("b"), {}, {});
  REQUIRE(!history.ok());
  CAPTURE(history.error().what);
  CHECK(history.error().what.find("git fetch --unshallow") != std::string::npos);
  CHECK(repository->resolve("v1.0").error().what.find("shallow") != std::string::npos);
}

TEST_CASE("the commits that touch a file or a directory are found, merges left out") {
  const ScratchRepository repository({
      {.mark = "root", .files = {{"drivers/misc/ring.c", "1"}, {"mm/slab.c", "1"}}},
      {.mark = "ring",
       .parents = {"root"},
       .files = {{"drivers/misc/ring.c", "2"}},
       .keep_parent_files = true},
      {.mark = "beside",
       .parents = {"ring"},
       .files = {{"drivers/misc/new.c", "1"}},
       .keep_parent_files = true},
      {.mark = "mm", .parents = {"root"}, .files = {{"mm/slab.c", "2"}}, .keep_parent_files = true},
      {.mark = "merge",
       .parents = {"beside", "mm"},
       .files = {{"mm/slab.c", "2"}},
       .keep_parent_files = true},
  });
  const auto opened = Repository::open(repository.path());
  REQUIRE(opened.ok());
  const auto graph = opened->history(repository.id("merge"), {}, {});
  REQUIRE(graph.ok());
  const auto touching = opened->touching(
      *graph, {"drivers/misc/ring.c", "drivers/misc", "mm/slab.c", "no/such.c", "mm/slab.c/x"}, {});
  REQUIRE(touching.ok());
  CHECK((*touching)[0] == std::vector<CommitId>{repository.id("ring")});
  CHECK((*touching)[1].size() == 2);
  CHECK((*touching)[2] == std::vector<CommitId>{repository.id("mm")});
  CHECK((*touching)[3].empty());
  CHECK((*touching)[4].empty());
}
