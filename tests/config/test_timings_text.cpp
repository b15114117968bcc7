#include <doctest/doctest.h>

#include "config/timings_text.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

const TimingRows kRows{{"firmware", 30s}, {"kernel", 90s}};

TEST_CASE("timings are added to a file that has none") {
  const auto text = with_timings("board: a\n", kRows);
  REQUIRE(text);
  CHECK(*text == "board: a\ntimings:\n  firmware: 30s\n  kernel: 1m30s\n");
}

TEST_CASE("timings that are there change their value and nothing else") {
  const auto text = with_timings(
      "board: a\ntimings:   # mine\n    off: 2s\n    firmware: 120s          # slow\n\n# labels\nlabels: "
      "[b]\n",
      kRows);
  REQUIRE(text);
  CHECK(
      *text ==
      "board: a\ntimings:   # mine\n    off: 2s\n    firmware: 30s           # slow\n    kernel: 1m30s\n\n# "
      "labels\nlabels: [b]\n");
}

TEST_CASE("timings in one line are left to a person") {
  const auto text = with_timings("timings: {off: 2s}\n", kRows);
  REQUIRE_FALSE(text);
  CHECK(text.error().what.find("in one line") != std::string::npos);
}

}  // namespace
}  // namespace rigbisect
