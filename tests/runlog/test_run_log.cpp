#include <csignal>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runlog/database.h"
#include "runlog/run_log.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

CampaignHeader header(const std::string& id, std::int64_t started = 1) {
  return {id,   "name: demo\n", "/recipes/demo.yaml", {"/boards/a.yaml"},
          "b0", "a0",           {"v6.1", "v6.0"},     started};
}

CrashReport report() {
  CrashReport made;
  made.title = "KASAN: use-after-free Read in ring_read";
  made.alt_titles = {"bad-access in ring_read"};
  made.type = "KASAN-USE-AFTER-FREE-READ";
  made.corrupted = true;
  made.executor = Executor{3, 1};
  made.frame = "ring_read";
  made.guilty_file = "drivers/misc/ring.c";
  made.start = 17;
  made.end = 4711;
  made.report = "BUG: KASAN\n\ttab \"quote\"\n";
  return made;
}

std::vector<Event> one_of_each() {
  return {
      BuildEnded{"c1", Built{"5ee", true}, "gcc 12", 90s},
      BuildEnded{"c2", BuildFailed{"ring.c:1: error: x"}, "gcc 12", 3s},
      BuildEnded{"c3", BuildFault{{Errc::io, "disk full"}}, "", 1ms},
      RunEnded{"c1", "nuc", Survived{4s}, 12s, "runs/1.console"},
      RunEnded{"c1", "nuc", Crashed{{report(), CrashReport{}}, 1500ms, true}, 12s, "runs/2.console"},
      RunEnded{"c1", "nuc", Hung{"no heartbeat", 20s}, 40s, "runs/3.console"},
      RunEnded{"c1", "nuc", BootFailed{"kernel", "silence"}, 60s, "runs/4.console"},
      RunEnded{"c1", "nuc", BenchFault{{Errc::disconnected, "adapter gone"}}, 2s, ""},
      BoardSetAside{"nuc", {Errc::timeout, "relay stuck"}},
  };
}

std::unique_ptr<RunLog> open_log(const std::filesystem::path& directory) {
  auto opened = RunLog::open(directory);
  REQUIRE_MESSAGE(opened, opened.error().what);
  return std::move(*opened);
}

}  // namespace

TEST_CASE("every kind of event comes back from JSON as it was") {
  for (const Event& event : one_of_each()) {
    const auto back = event_from_json(event_to_json(event));
    REQUIRE(back);
    CHECK(*back == event);
  }
}

TEST_CASE("text that is not an event is an error, not an event") {
  for (const char* text : {"", "{}", "[]", R"({"event":"party"})", R"({"event":"run_ended","commit":1})"}) {
    const auto event = event_from_json(text);
    REQUIRE_FALSE(event);
    CHECK(event.error().code == Errc::invalid);
  }
}

TEST_CASE("console bytes that are not UTF-8 do not lose an event") {
  CHECK(event_from_json(event_to_json(RunEnded{"c", "b", Hung{"\xff\xfe", 1s}, 1s, ""})));
}

TEST_CASE("events are there for the next process, in order") {
  const ScratchDirectory scratch;
  const auto events = one_of_each();
  {
    auto log = open_log(scratch.path());
    REQUIRE(log->create(header("demo-1")));
    for (std::size_t i = 0; i < events.size(); ++i)
      REQUIRE(log->append("demo-1", events[i], static_cast<std::int64_t>(i)));
  }
  auto log = open_log(scratch.path());
  const auto back = log->events("demo-1");
  REQUIRE(back);
  REQUIRE(back->size() == events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK((*back)[i].event == events[i]);
    CHECK((*back)[i].wall_ms == static_cast<std::int64_t>(i));
  }
  CHECK(*log->header("demo-1") == header("demo-1"));
}

TEST_CASE(
    "a campaign is found by name, unique prefix or as the newest; otherwise the error lists what there is") {
  const ScratchDirectory scratch;
  auto log = open_log(scratch.path());
  CHECK(log->header("").error().code == Errc::not_found);
  REQUIRE(log->create(header("alpha-1", 1)));
  REQUIRE(log->create(header("alpha-2", 2)));
  CHECK(log->header("")->id == "alpha-2");
  CHECK(log->header("alpha-1")->id == "alpha-1");
  CHECK(log->header("alpha").error().what == "'alpha' may be alpha-2, alpha-1: give more of the name");
  CHECK(log->header("alfa-1").error().what ==
        "there is no campaign 'alfa-1' (did you mean 'alpha-1'?). Campaigns, newest first: alpha-2, alpha-1");
}

TEST_CASE("an event for a campaign that does not exist is refused") {
  const ScratchDirectory scratch;
  auto log = open_log(scratch.path());
  CHECK_FALSE(log->append("ghost", BoardSetAside{"b", {Errc::io, "x"}}, 0));
}

TEST_CASE("a campaign without results can be taken back, one with results cannot") {
  const ScratchDirectory scratch;
  auto log = open_log(scratch.path());
  REQUIRE(log->create(header("empty-1", 1)));
  REQUIRE(log->create(header("full-1", 2)));
  REQUIRE(log->append("full-1", one_of_each().front(), 0));
  CHECK(log->discard("empty-1"));
  CHECK_FALSE(std::filesystem::exists(log->artefacts("empty-1")));
  CHECK(log->discard("full-1").error().code == Errc::invalid);
  CHECK(log->campaigns()->size() == 1);
}

TEST_CASE("a board and a campaign belong to one holder at a time") {
  const ScratchDirectory scratch;
  auto log = open_log(scratch.path());
  REQUIRE(log->create(header("demo-1")));
  auto lease = log->lease_board("nuc");
  REQUIRE(lease);
  auto other = open_log(scratch.path());
  const auto refused = other->lease_board("nuc");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::busy);
  CHECK(refused.error().what.find("board nuc is in use") != std::string::npos);
  CHECK(refused.error().what.find(std::to_string(getpid())) != std::string::npos);
  CHECK(other->lease_board("other"));
  auto lock = log->lock("demo-1");
  REQUIRE(lock);
  CHECK(other->lock("demo-1").error().code == Errc::busy);
}

TEST_CASE("whatever was appended before kill -9 is there afterwards, whole") {
  const ScratchDirectory scratch;
  REQUIRE(open_log(scratch.path())->create(header("demo-1")));
  int told[2];
  REQUIRE(pipe(told) == 0);
  const pid_t child = fork();
  if (child == 0) {
    auto log = RunLog::open(scratch.path());
    for (int i = 0; log && i < 100000; ++i) {
      if (!(*log)->append("demo-1", RunEnded{std::to_string(i), "b", Survived{1s}, 1s, ""}, i)) _exit(1);
      if (write(told[1], "x", 1) != 1) _exit(1);
    }
    _exit(0);
  }
  close(told[1]);
  std::size_t confirmed = 0;
  char byte = 0;
  while (confirmed < 25 && read(told[0], &byte, 1) == 1) ++confirmed;
  kill(child, SIGKILL);
  while (read(told[0], &byte, 1) == 1) ++confirmed;
  waitpid(child, nullptr, 0);
  close(told[0]);
  const auto events = open_log(scratch.path())->events("demo-1");
  REQUIRE(events);
  CHECK(confirmed >= 25);
  CHECK(events->size() >= confirmed);
  CHECK(events->size() <= confirmed + 1);
}

TEST_CASE("a lab directory that cannot be made is an error that names it") {
  const auto opened = RunLog::open("/proc/rigbisect-lab");
  REQUIRE_FALSE(opened);
  CHECK(opened.error().what.find("/proc/rigbisect-lab") != std::string::npos);
}

TEST_CASE("a file that is no database is refused with advice") {
  const ScratchDirectory scratch;
  REQUIRE(write_file_atomically(scratch.path() / "lab.db", std::string(5000, 'x')));
  const auto opened = RunLog::open(scratch.path());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().what.find("Move the file away") != std::string::npos);
}

TEST_CASE("a run log of a newer version is refused and stays as it is") {
  const ScratchDirectory lab;
  REQUIRE(RunLog::open(lab.path()));
  {
    auto database = Database::open(lab.path() / "lab.db");
    REQUIRE(database);
    REQUIRE(database->execute("PRAGMA user_version = 2"));
  }
  for (int time = 1; time <= 2; ++time) {
    const auto refused = RunLog::open(lab.path());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::invalid);
    CHECK(refused.error().what.find("version 2") != std::string::npos);
  }
}
