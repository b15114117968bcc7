#include <cstdio>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/marker.h"

using namespace rigbisect;

namespace {
const Marker kHello{"0123456789abcdef", 1, "hello", "6.1.0-rigbisect -"};
}

TEST_CASE("the checksum is the one of zlib") {
  CHECK(crc32("123456789") == 0xcbf43926U);
  CHECK(crc32("") == 0U);
}

TEST_CASE("a marker is one line of a fixed form") {
  CHECK(format_marker(kHello) ==
        "@rb1 0123456789abcdef 1 hello 6.1.0-rigbisect - ~" + format_marker(kHello).substr(49));
  CHECK(format_marker(kHello).size() == 49 + 8);
}

TEST_CASE("a marker reads back as it was") {
  for (const std::string& payload : std::vector<std::string>{
           "", "1", "a b  c ", " ", "back\\slash", "tab\tnul\x01 ü", "@rb1 inside ~00000000", "~"}) {
    const Marker marker{"fedcba9876543210", 4294967295U, "out", payload};
    CAPTURE(payload);
    CHECK(parse_marker(format_marker(marker)) == marker);
  }
}

TEST_CASE("text in front of a marker and blanks behind it do not matter") {
  const std::string line = format_marker(kHello);
  CHECK(parse_marker("[    3.141592] " + line) == kHello);
  CHECK(parse_marker("\xff\x00garbage@rb1 @rb1 dead " + line) == kHello);
  CHECK(parse_marker(std::string(100'000, '@') + line) == kHello);
  CHECK(parse_marker(line + "\r") == kHello);
  CHECK(parse_marker(line + " \t\r") == kHello);
  CHECK_FALSE(parse_marker(line + " x").has_value());
}

TEST_CASE("no damaged marker is accepted") {
  const std::string line = format_marker(kHello);
  for (std::size_t i = 0; i < line.size(); ++i) {
    CAPTURE(i);
    CHECK_FALSE(parse_marker(line.substr(0, i)).has_value());
    std::string lost = line;
    lost.erase(i, 1);
    CHECK_FALSE(parse_marker(lost).has_value());
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = line;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      CHECK_FALSE(parse_marker(flipped).has_value());
    }
  }
}

TEST_CASE("a right checksum does not excuse a wrong form") {
  for (const std::string& body : std::vector<std::string>{
           "@rb1 0123456789abcdeX 1 hello", "@rb1 0123456789ABCDEF 1 hello", "@rb1 0123456789abcde 1 hello",
           "@rb1 0123456789abcdef 0 hello", "@rb1 0123456789abcdef 01 hello",
           "@rb1 0123456789abcdef -1 hello", "@rb1 0123456789abcdef 4294967296 hello",
           "@rb1 0123456789abcdef 1 Hello", "@rb1 0123456789abcdef 1", "@rb1 0123456789abcdef 1 ",
           "@rb1 0123456789abcdef  hello", "@rb1 0123456789abcdef 1 out a\\b",
           "@rb1 0123456789abcdef 1 out \\x0G", "@rb1 0123456789abcdef 1 out \\x0",
           "@rb1 0123456789abcdef 1 out a\tb", "@rb1 ",
           "@rb1 0123456789abcdef 1 out " + std::string(513, 'x')}) {
    char digits[9];
    std::snprintf(digits, sizeof digits, "%08x", crc32(body));
    CAPTURE(body);
    CHECK_FALSE(parse_marker(body + " ~" + digits).has_value());
  }
}

TEST_CASE("a payload that is too long is cut, never within an escape") {
  Marker marker = kHello;
  marker.payload = std::string(600, 'x');
  CHECK(parse_marker(format_marker(marker))->payload == std::string(512, 'x'));
  marker.payload = std::string(600, '\n');
  CHECK(parse_marker(format_marker(marker))->payload == std::string(128, '\n'));
  marker.payload = std::string(510, 'x') + "\n" + "y";
  CHECK(parse_marker(format_marker(marker))->payload == std::string(510, 'x'));
}
