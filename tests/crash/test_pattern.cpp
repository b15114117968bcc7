#include <string>

#include <doctest/doctest.h>

#include "crash/pattern.h"

using namespace rigbisect;

TEST_CASE("a literal is found at its earliest place") {
  const auto match = search("BUG:", "a BUG: and a BUG:");
  REQUIRE(match);
  CHECK(match->begin == 2);
  CHECK(match->end == 6);
}

TEST_CASE("pieces are captured in order") {
  const auto match =
      search("KASAN: {kind} in {func}", "x\nBUG: KASAN: use-after-free in ring_read+0x10/0x20\n");
  REQUIRE(match);
  REQUIRE(match->count == 2);
  CHECK(match->captures[0] == "use-after-free");
  CHECK(match->captures[1] == "ring_read");
}

TEST_CASE("a gap stays on its line, a wide gap does not") {
  CHECK_FALSE(matches("one*two", "one\ntwo"));
  CHECK(matches("one*two", "one\none and two"));
  CHECK(matches("one**two", "one\nthree\ntwo"));
  CHECK_FALSE(matches("two**one", "one\ntwo"));
}

TEST_CASE("a captured gap holds what is between") {
  const auto match = search("unmount of {text}\\]", "[unmount of proc proc]");
  REQUIRE(match);
  CHECK(match->captures[0] == "proc proc");
}

TEST_CASE("choices, optional pieces and escapes") {
  CHECK(matches("{Read|Write} of size [num]", "Write of size 8 at"));
  CHECK(matches("[IP|pc ][:|] [seg][pcs]{func}", "RIP: 0010:[<ffffffff81>] [<ffffffff81>] f+0x1/0x2"));
  CHECK(matches("^[blank][pcs]{func}", "    [<(____ptrval____)>] f+0x1/0x2"));
  CHECK(matches("^[blank][pcs]{func}", " [<(ptrval)>] f+0x1/0x2"));
  CHECK_FALSE(matches("^[blank][pcs]{func}", " [<(hidden)>] f+0x1/0x2"));
  CHECK(matches("\\*\\* [num] \\[", "** 12 ["));
  CHECK_FALSE(matches("[a|b]x", "cx"));
}

TEST_CASE("an anchor holds at the start of any line") {
  CHECK(matches("^ [num]:", "x\n 1: y"));
  CHECK_FALSE(matches("^[num]:", "x 1: y"));
}

TEST_CASE("the earliest of several patterns counts") {
  const auto match = search("b{num}\na{num}", "a1 b2");
  REQUIRE(match);
  CHECK(match->begin == 0);
  CHECK(match->captures[0] == "1");
}

TEST_CASE("a piece never begins inside of a run of its own kind") {
  const auto match = search("{num}x", "123y456x");
  REQUIRE(match);
  CHECK(match->captures[0] == "456");
}

TEST_CASE("patterns of nonsense are refused by the compiler") {
  const auto pattern_error = [](std::string_view text) {
    const auto* error = pattern_compile::compile(text).error;
    return std::string(error == nullptr ? "" : error);
  };
  CHECK(pattern_error("BUG: {func}*[num]").empty());
  CHECK_FALSE(pattern_error("").empty());
  CHECK_FALSE(pattern_error("BUG: {func").empty());
  CHECK_FALSE(pattern_error("BUG: {fnuc}").empty());
}

TEST_CASE("hostile text costs linear time and no stack") {
  const std::string letters(256u << 10, 'a');
  CHECK_FALSE(matches("{func} in {func}", letters));
  CHECK_FALSE(matches("a*b", letters));
  const std::string lines = [] {
    std::string text;
    for (int i = 0; i < 20000; ++i) text += "BUG: KASAN: \n";
    return text;
  }();
  CHECK_FALSE(matches("BUG: KASAN: **{Read|Write} of size", lines));
}
