#include <csignal>
#include <map>
#include <random>

#include <doctest/doctest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/file.h"
#include "os/process.h"
#include "os/real_clock.h"
#include "runlog/run_log.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

constexpr int kRuns = 12;  // clean runs per good commit, as in fake_campaign.cpp
const std::string kCulprit = "77\n";

Command campaign(const ScratchDirectory& scratch, int seed) {
  return {{FAKE_CAMPAIGN, scratch.path().string(), std::to_string(seed)}, {}, std::nullopt, ""};
}

// Runs it and kills it with SIGKILL after `life`, unless it ends before. Returns whether it was killed.
bool run_and_kill(const ScratchDirectory& scratch, int seed, Duration life, Clock& clock) {
  const std::string directory = scratch.path().string();
  const std::string number = std::to_string(seed);
  std::string program = FAKE_CAMPAIGN;
  char* argv[] = {program.data(), const_cast<char*>(directory.data()), const_cast<char*>(number.data()),
                  nullptr};
  pid_t pid = 0;
  REQUIRE(posix_spawn(&pid, program.c_str(), nullptr, nullptr, argv, environ) == 0);
  clock.sleep_until(clock.now() + life, {});
  kill(pid, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFSIGNALED(status);
}

long milliseconds_of_a_whole_campaign(Clock& clock) {
  const ScratchDirectory scratch;
  const auto done = run_command(campaign(scratch, 1), {clock.now() + 60s, {}, 1 << 16, {}}, clock);
  REQUIRE(done);
  REQUIRE(done->output == kCulprit);
  return std::max(
      50L, static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(done->elapsed).count()));
}

std::vector<LoggedEvent> events(const ScratchDirectory& scratch) {
  auto log = RunLog::open(scratch.path() / "lab");
  REQUIRE(log);
  auto found = (*log)->events("fake-1");
  REQUIRE(found);
  return *found;
}

bool begins_with(const std::vector<LoggedEvent>& longer, const std::vector<LoggedEvent>& shorter) {
  if (shorter.size() > longer.size()) return false;
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    if (!(longer[i].event == shorter[i].event)) return false;
  }
  return true;
}

// More clean runs of one commit than make it good would mean that a recorded run was done again. One board
// may finish a run of a commit that the other has just decided; and the culprit's parent gets runs to
// confirm.
void check_nothing_repeated(const std::vector<LoggedEvent>& all) {
  std::map<CommitId, int> clean;
  for (const auto& logged : all) {
    const auto* run = std::get_if<RunEnded>(&logged.event);
    if (run != nullptr && std::holds_alternative<Survived>(run->outcome)) ++clean[run->commit];
  }
  for (const auto& [commit, count] : clean)
    CHECK_MESSAGE(count <= 2 * kRuns, commit << " had " << count << " clean runs");
}

}  // namespace

TEST_CASE(
    "kill -9 at 20 random moments: same culprit, nothing recorded is lost or repeated, machines off at the "
    "end") {
  RealClock clock;
  const long whole_ms = milliseconds_of_a_whole_campaign(clock);
  int all_kills = 0;
  for (int round = 0; round < 20; ++round) {
    const ScratchDirectory scratch;
    std::mt19937 random(static_cast<unsigned>(round));
    std::vector<LoggedEvent> before;
    int kills = 0;
    const int wanted = 2 + static_cast<int>(random() % 2);
    for (int i = 0; i < wanted; ++i) {
      if (run_and_kill(scratch, round * 10 + i,
                       std::chrono::milliseconds(random() % static_cast<unsigned long>(whole_ms * 2 / 3)),
                       clock))
        ++kills;
      if (!std::filesystem::exists(scratch.path() / "lab" / "lab.db")) continue;
      auto log = RunLog::open(scratch.path() / "lab");
      REQUIRE(log);
      if (!(*log)->header("fake-1")) continue;
      const auto now = events(scratch);
      CHECK(begins_with(now, before));
      before = now;
    }
    all_kills += kills;
    const auto last =
        run_command(campaign(scratch, round * 10 + 9), {clock.now() + 60s, {}, 1 << 16, {}}, clock);
    REQUIRE(last);
    CHECK_MESSAGE(last->output == kCulprit,
                  "round " << round << " after " << kills << " kills: " << last->output);
    const auto all = events(scratch);
    CHECK(begins_with(all, before));
    check_nothing_repeated(all);
    CHECK(*read_file(scratch.path() / "one.power") == "off");
    CHECK(*read_file(scratch.path() / "two.power") == "off");
  }
  CHECK_MESSAGE(all_kills >= 20, all_kills << " kills in all");
}
