#include <doctest/doctest.h>

#include "base/duration.h"

using namespace rigbisect;
using namespace std::chrono_literals;

TEST_CASE("durations are read with their units") {
  CHECK(*parse_duration("0s") == 0s);
  CHECK(*parse_duration("250ms") == 250ms);
  CHECK(*parse_duration("90s") == 90s);
  CHECK(*parse_duration("5m") == 5min);
  CHECK(*parse_duration("1h30m") == 90min);
  CHECK(*parse_duration(" 1h2m3s4ms5us6ns ") == 1h + 2min + 3s + 4ms + 5us + 6ns);
}

TEST_CASE("a bare number is refused with a hint at the units") {
  const auto parsed = parse_duration("90");
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error().code == Errc::invalid);
  CHECK(parsed.error().what ==
        "'90' is not a duration: a number has no unit. Write numbers with units h, m, s, ms, us or ns, such "
        "as 90s, "
        "250ms or 1h30m.");
}

TEST_CASE("what is no duration is refused") {
  for (const char* text :
       {"", " ", "s", "-5s", "+5s", "1.5s", "5 s", "5x", "5S", "30m1h", "1s1s", "5s 3ms", "1h30",
        "99999999999999999999s", "9223372036854775807h", "9223372036s9223372036ns9h", "5m\x1b"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).ok());
  }
}

TEST_CASE("the longest duration that fits is read and one more is refused") {
  CHECK(parse_duration("2562047h47m16s854ms775us807ns")->count() == std::numeric_limits<std::int64_t>::max());
  CHECK_FALSE(parse_duration("2562047h47m16s854ms775us808ns").ok());
}

TEST_CASE("a formatted duration reads back as itself") {
  CHECK(format_duration(90s) == "1m30s");
  CHECK(format_duration(90min) == "1h30m");
  CHECK(format_duration(250ms) == "250ms");
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(24h) == "24h");
  CHECK(format_duration(-90s) == "-1m30s");
  for (const Duration duration : {Duration(1ns), Duration(1001us), Duration(1h + 1ns), Duration::max()}) {
    CHECK(*parse_duration(format_duration(duration)) == duration);
  }
}

TEST_CASE("bisection logs get Go's form") {
  CHECK(format_go_duration(0s) == "0s");
  CHECK(format_go_duration(1min) == "1m0s");
  CHECK(format_go_duration(1h) == "1h0m0s");
  CHECK(format_go_duration(5h + 27min + 43357675703ns) == "5h27m43.357675703s");
  CHECK(format_go_duration(1500ms) == "1.5s");
  CHECK(format_go_duration(1500us) == "1.5ms");
  CHECK(format_go_duration(1500ns) == "1.5µs");
  CHECK(format_go_duration(7ns) == "7ns");
  CHECK(format_go_duration(-90s) == "-1m30s");
}

TEST_CASE("progress lines get a clock") {
  CHECK(format_clock(0s) == "0:00");
  CHECK(format_clock(127s) == "2:07");
  CHECK(format_clock(3727s + 999ms) == "1:02:07");
  CHECK(format_clock(100h) == "100:00:00");
  CHECK(format_clock(-5s) == "0:00");
}
