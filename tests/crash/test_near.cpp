#include <random>
#include <string>

#include <doctest/doctest.h>

#include "crash/near.h"

using namespace rigbisect;

TEST_CASE("a phrase is found although bytes of it are lost or inverted") {
  for (const std::string text : {"[ Cal Trace: x", "[ Call Trqce: x"}) {
    CAPTURE(text);
    const auto match = find_near(text, "Call Trace:", 2);
    REQUIRE(match.found);
    CHECK(match.errors == 1);
    CHECK(match.begin == 2);
    CHECK(text.substr(match.end) == " x");
  }
}

TEST_CASE("what a serial line does not do to a phrase makes it another one") {
  CHECK_FALSE(find_near("UBSAN: unsigned-integer-overflow in", "UBSAN: signed-integer-overflow in", 3).found);
  CHECK_FALSE(find_near("[ Call Trxce: x", "Call Trace:", 2).found);
  CHECK_FALSE(find_near("foo: internal error: x", "Internal error: ", 2).found);
  CHECK(find_near("BUG: KASaN: x", "BUG: KASAN: ", 2).found);
  CHECK(find_near("BUG: kASAN: x", "BUG: KASAN: ", 2).found);
}

TEST_CASE("a phrase with too many errors is not found") {
  CHECK_FALSE(find_near("Cll Tace:", "Call Trace:", 1).found);
  CHECK_FALSE(find_near("something else", "Call Trace:", 2).found);
  CHECK_FALSE(find_near("Call Trace:", "", 2).found);
  CHECK_FALSE(find_near(std::string(100, 'x'), std::string(65, 'x'), 1).found);
}

TEST_CASE("whatever the errors are, a phrase with no more than tolerated is found") {
  std::mt19937 random(5);
  const auto below = [&](std::size_t end) { return random() % end; };
  const std::string phrase = "possible recursive locking detected";
  for (int round = 0; round < 2000; ++round) {
    const auto size = 6 + below(phrase.size() - 5);
    std::string damaged = phrase.substr(0, size);
    for (auto errors = below(tolerated_errors(size) + 1); errors > 0; --errors) {
      const auto at = below(damaged.size());
      if (below(2) == 0) {
        damaged.erase(at, 1);
      } else {
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
      }
    }
    CAPTURE(damaged);
    CHECK(find_near("<" + damaged + ">", phrase.substr(0, size), tolerated_errors(size)).found);
  }
}

TEST_CASE("short texts tolerate less") {
  CHECK(tolerated_errors(4) == 0);
  CHECK(tolerated_errors(8) == 1);
  CHECK(tolerated_errors(40) == 3);
}

TEST_CASE("words are compared by what was lost") {
  CHECK(lost_bytes_of("ring_rad", "ring_read", 1));
  CHECK_FALSE(lost_bytes_of("ring_rd", "ring_read", 1));
  CHECK_FALSE(lost_bytes_of("ring_read", "ring_read", 1));
  CHECK_FALSE(lost_bytes_of("ring_reax", "ring_read", 2));
  CHECK(differs_by_a_bit("ring_read", "ring_reae"));
  CHECK_FALSE(differs_by_a_bit("cmp4", "cmp8"));
  CHECK(edit_distance("abc", "abd", 2) == 1);
  CHECK(edit_distance("abc", "xyzuv", 2) == 3);
}
