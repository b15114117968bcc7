#include <doctest/doctest.h>

#include "netboot/http_range.h"

using namespace rigbisect::netboot;

TEST_CASE("a Range header selects one part of the file") {
  using Kind = ByteRange::Kind;
  struct Row {
    const char* header;
    ByteRange range;
  };
  const ByteRange whole{Kind::whole, 0, 1000}, nothing{Kind::unsatisfiable, 0, 0};
  const Row rows[] = {
      {"", whole},
      {"bytes=0-", {Kind::part, 0, 1000}},
      {"bytes=0-0", {Kind::part, 0, 1}},
      {"bytes=200-299", {Kind::part, 200, 100}},
      {" bytes=990-2000 ", {Kind::part, 990, 10}},
      {"bytes=-5", {Kind::part, 995, 5}},
      {"bytes=-5000", {Kind::part, 0, 1000}},
      {"bytes=1000-", nothing},
      {"bytes=-0", nothing},
      {"bytes=5-4", whole},
      {"bytes=-", whole},
      {"bytes=a-b", whole},
      {"bytes=1-2x", whole},
      {"bytes=0-1,5-6", whole},
      {"lines=0-1", whole},
      {"bytes=18446744073709551615-18446744073709551615", nothing},
      {"bytes=0-18446744073709551615", {Kind::part, 0, 1000}},
      {"bytes=0-99999999999999999999999", whole},
  };
  for (const Row& row : rows) {
    CAPTURE(row.header);
    CHECK(parse_range(row.header, 1000) == row.range);
  }
}
