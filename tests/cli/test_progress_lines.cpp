#include <doctest/doctest.h>

#include "cli/progress_lines.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

ProgressSnapshot shelf(int boards) {
  ProgressSnapshot snapshot;
  for (int i = 0; i < boards; ++i) snapshot.boards["pc-" + std::to_string(i)];
  return snapshot;
}

}  // namespace

TEST_CASE("the display says what every board does") {
  ProgressSnapshot snapshot = shelf(2);
  ProgressSnapshot::Board& board = snapshot.boards["pc-1"];
  board.commit = "0123456789abcdef";
  board.since = TimePoint(10s);
  board.progress.stage = "firmware";
  board.busy = true;
  snapshot.usual_run = 60s;
  const auto lines = progress_lines(snapshot, TimePoint(25s), {80, 24});
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "reproduce  0:25");
  CHECK(lines[1] == "pc-1   0123456789ab  0:15/~1:00  firmware");
  CHECK(lines[2] == "pc-0   idle");
}

TEST_CASE("the display never is higher than the terminal, and busy boards stay on it") {
  ProgressSnapshot snapshot = shelf(30);
  snapshot.boards["pc-29"].busy = true;
  const auto lines = progress_lines(snapshot, {}, {80, 10});
  REQUIRE(lines.size() == 9);
  CHECK(lines[1].starts_with("pc-29"));
  CHECK(lines.back() == "and 23 more boards");
  CHECK(progress_lines(snapshot, {}, {80, 1}).size() == 2);
}

TEST_CASE("a line is cut to the terminal between characters") {
  ProgressSnapshot snapshot = shelf(1);
  snapshot.boards["pc-0"].note = "café déjà vu";
  CHECK(progress_lines(snapshot, {}, {11, 24})[1] == "pc-0   café");
}

TEST_CASE("what a console says cannot move the cursor") {
  ProgressSnapshot snapshot = shelf(1);
  snapshot.boards["pc-0"].note = "\x1b[2J";
  CHECK(progress_lines(snapshot, {}, {80, 24})[1].find('\x1b') == std::string::npos);
}

TEST_CASE("work that is no campaign has a title of its own") {
  ProgressSnapshot snapshot;
  snapshot.title = "test 0123456789ab";
  CHECK(progress_lines(snapshot, TimePoint(5s), {80, 24})[0] == "test 0123456789ab  0:05");
}
