#include <vector>

#include <doctest/doctest.h>

#include "target/pacing.h"

using namespace rigbisect;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const TimePoint kStart = TimePoint{} + std::chrono::hours(1);

struct Collected {
  std::vector<std::string> lines;
  OutputLines output{[this](std::string_view line) { lines.emplace_back(line); }};
};

}  // namespace

TEST_CASE("a token bucket lets a burst through and then its rate") {
  TokenBucket bucket(3, 2);
  for (int i = 0; i < 3; ++i) CHECK(bucket.take(kStart));
  CHECK_FALSE(bucket.take(kStart));
  CHECK_FALSE(bucket.take(kStart + milliseconds(499)));
  CHECK(bucket.take(kStart + milliseconds(500)));
  CHECK_FALSE(bucket.take(kStart + milliseconds(999)));
  CHECK(bucket.take(kStart + seconds(1)));
}

TEST_CASE("a token bucket does not save up more than its burst") {
  TokenBucket bucket(2, 1);
  CHECK(bucket.take(kStart));
  for (int i = 0; i < 2; ++i) CHECK(bucket.take(kStart + seconds(1000)));
  CHECK_FALSE(bucket.take(kStart + seconds(1000)));
}

TEST_CASE("an important line is repeated every second at first and every ten seconds later") {
  TimePoint now = kStart;
  Repetition hello("hello", now);
  CHECK(hello.line() == "hello");
  std::vector<int> times;
  while (now < kStart + seconds(40)) {
    now = hello.due();
    times.push_back(static_cast<int>((now - kStart) / seconds(1)));
    hello.sent(now);
  }
  CHECK(times == std::vector<int>{1, 2, 3, 4, 5, 15, 25, 35, 45});
}

TEST_CASE("output is passed on line by line, however it was cut into pieces") {
  Collected collected;
  collected.output.feed("first li", kStart);
  CHECK(collected.lines.empty());
  collected.output.feed("ne\r\n\nsecond\nrest", kStart);
  CHECK(collected.lines == std::vector<std::string>{"first line", "second"});
  collected.output.finish(kStart);
  CHECK(collected.lines.back() == "rest");
}

TEST_CASE("a line without end is cut, not kept growing") {
  Collected collected;
  for (int i = 0; i < 1000; ++i) collected.output.feed("0123456789", kStart);
  collected.output.finish(kStart);
  REQUIRE(collected.lines.size() == 1);
  CHECK(collected.lines[0].size() == 400);
}

TEST_CASE("a flood of lines is thinned out and the rest is counted") {
  Collected collected;
  for (int i = 0; i < 140; ++i) collected.output.feed("x\n", kStart);
  CHECK(collected.lines.size() == 40);
  collected.output.feed("later\n", kStart + milliseconds(100));
  REQUIRE(collected.lines.size() == 42);
  CHECK(collected.lines[40] == "[100 lines left out]");
  CHECK(collected.lines[41] == "later");
}

TEST_CASE("the end of the output says how much was left out") {
  Collected collected;
  for (int i = 0; i < 45; ++i) collected.output.feed("x\n", kStart);
  collected.output.finish(kStart);
  CHECK(collected.lines.back() == "[5 lines left out]");
}

TEST_CASE("programs that end at once share one limit") {
  Collected collected;
  for (int i = 0; i < 500; ++i) {
    collected.output.feed("crashed", kStart);
    collected.output.end_program(kStart);
  }
  CHECK(collected.lines.size() == 40);
}

TEST_CASE("the output of a run is limited in all") {
  Collected collected;
  for (int i = 0; i < 5000; ++i) collected.output.feed("x\n", kStart + seconds(i));
  CHECK(collected.lines.size() == 2000);
}
