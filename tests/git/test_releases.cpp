#include <doctest/doctest.h>

#include "base/text.h"
#include "git/releases.h"

using namespace rigbisect;
using git::pick_release_tags;

namespace {

std::vector<std::string> tags(const std::string& text) {
  std::vector<std::string> result;
  for (const auto word : split(text, ' ')) result.push_back("v" + std::string(word));
  return result;
}

const std::string kClang =
    "6.5 6.4 6.3 6.2 6.1 6.0 5.19 5.18 5.17 5.16 5.15 5.14 5.13 5.12 5.11 5.10 5.9 5.8 5.7 5.6 5.5 5.4";

}  // namespace

TEST_CASE("release tags are read in exactly one syntax") {
  CHECK(parse_release("v6.1").has_value());
  CHECK(parse_release("v6.1.3")->patch == 3);
  CHECK(parse_release("v6.1-rc4")->candidate == 4);
  CHECK(parse_release("v2.6-rc5.2").has_value());
  for (const char* junk : {"", "v", "vv4.1", "v4.1foo", "v1.foo", "v1.2.", "voo", "v4", "v4.-1", "4.1",
                           "v4.1-rc", "v4.1-rc3x", "v4.1.2.3", "v99999999999999.1", "v1.2\n"}) {
    CAPTURE(junk);
    CHECK(!parse_release(junk));
  }
}

TEST_CASE("releases are in the order in which they came out") {
  const std::vector<std::string> order =
      tags("2.6-rc5 2.6 2.6.12 4.18-rc1 4.18-rc2 4.18 4.18.1 4.18.10 4.19 5.0");
  for (std::size_t i = 1; i < order.size(); ++i) {
    CAPTURE(order[i]);
    CHECK(*parse_release(order[i - 1]) < *parse_release(order[i]));
  }
}

TEST_CASE("the releases to try are picked with growing steps") {
  struct Row {
    const char* name;
    std::string newest_first, picked;
  };
  const std::vector<Row> rows{
      {"upstream-clang", kClang, "6.5 6.4 6.3 6.1 5.19 5.17 5.15 5.13 5.10 5.7 5.4"},
      {"upstream-gcc", kClang + " 5.3 5.2 5.1 5.0 4.20 4.19 4.18",
       "6.5 6.4 6.3 6.1 5.19 5.17 5.15 5.13 5.10 5.7 5.4 5.1 4.19 4.18"},
      {"lts",
       "5.15.10 5.15.9 5.15.8 5.15.7 5.15.6 5.15.5 5.15.4 5.15.3 5.15.2 5.15.1 5.15 5.14 5.13 5.12 5.11 5.10 "
       "5.9 5.8 "
       "5.7 5.6 5.5 5.4",
       "5.15.10 5.15.9 5.15.5 5.15 5.14 5.13 5.11 5.9 5.7 5.5 5.4"},
      {"few sub-releases", "5.15.3 5.15.2 5.15.1 5.15", "5.15.3 5.15.2 5.15"},
      {"only sub-releases", "5.15.2", "5.15.2"},
      {"sub-releases of an old branch are passed over", "6.2 6.1 5.15.3 5.15", "6.2 6.1 5.15"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(pick_release_tags(tags(row.newest_first)) == tags(row.picked));
  }
  CHECK(pick_release_tags({}).empty());
}
