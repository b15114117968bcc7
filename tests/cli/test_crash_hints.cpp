#include <doctest/doctest.h>

#include "cli/crash_hints.h"
#include "git/repository.h"
#include "tests/git/scratch_repository.h"

using namespace rigbisect;
using test::ScratchRepository;

TEST_CASE("a crash hints at commits by what they touch, the blamed file first") {
  const char* const maintainers = "RING\nF:\tdrivers/misc/ring.c\nF:\tinclude/ring.h\n";
  std::vector<test::ScratchCommit> commits{{.mark = "base",
                                            .files = {{"MAINTAINERS", maintainers},
                                                      {"drivers/misc/ring.c", "0"},
                                                      {"drivers/misc/other.c", "0"},
                                                      {"include/ring.h", "0"},
                                                      {"fs/file.c", "0"},
                                                      {"fs/elsewhere.c", "0"}}}};
  std::string parent = "base";
  for (const char* path :
       {"drivers/misc/ring.c", "drivers/misc/other.c", "include/ring.h", "fs/file.c", "fs/elsewhere.c"}) {
    commits.push_back({.mark = path, .parents = {parent}, .files = {{path, "1"}}, .keep_parent_files = true});
    parent = path;
  }
  const ScratchRepository history(commits);
  const auto repository = Repository::open(history.path());
  REQUIRE(repository.ok());
  const auto graph = repository->history(history.id(parent), {history.id("base")}, {});
  REQUIRE(graph.ok());
  CrashReport crash;
  crash.guilty_file = "drivers/misc/ring.c";
  crash.report =
      "BUG: KASAN: use-after-free in ring_read+0x1/0x2 drivers/misc/ring.c:10\n"
      " vfs_read+0x1/0x2 fs/file.c:20\n";
  const auto hints = crash_hints(history.path(), *graph, crash);
  REQUIRE_MESSAGE(hints.ok(), hints.error().what);
  const auto weight = [&](const char* mark) {
    const auto found = hints->find(history.id(mark));
    return found == hints->end() ? 0.0 : found->second;
  };
  CHECK(weight("drivers/misc/ring.c") > weight("fs/file.c"));
  CHECK(weight("fs/file.c") > weight("drivers/misc/other.c"));
  CHECK(weight("drivers/misc/other.c") > weight("include/ring.h"));
  CHECK(weight("include/ring.h") > 0);
  CHECK(weight("fs/elsewhere.c") == 0);
  CHECK(crash_hints(history.path(), *graph, {})->empty());
}
