#include <array>
#include <string>

#include <doctest/doctest.h>

#include "base/text.h"

using namespace rigbisect;

TEST_CASE("nothing a terminal acts on gets through") {
  CHECK(printable("plain text, ümläut, 日本") == "plain text, ümläut, 日本");
  CHECK(printable("\x1b[31mred") == "\\x1b[31mred");
  CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(printable("cr\rdel\x7f") == "cr\\x0ddel\\x7f");
  CHECK(printable("tab\tstays") == "tab\tstays");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\xc2\\x9b31m");  // CSI as a C1 control
  CHECK(printable("\xe2\x80\xae"
                  "x") == "\\xe2\\x80\\xaex");  // right-to-left override
}

TEST_CASE("line feeds stay only on request") {
  CHECK(printable("a\nb") == "a\\x0ab");
  CHECK(printable("a\nb", true) == "a\nb");
}

TEST_CASE("invalid UTF-8 is shown byte by byte") {
  CHECK(printable("\xff\xfe") == "\\xff\\xfe");
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");  // overlong '/'
  CHECK(printable("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // a surrogate
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
  CHECK(printable("cut \xe6\x97") == "cut \\xe6\\x97");
  CHECK(printable("\xf0\x9f\x90\xa7") == "\xf0\x9f\x90\xa7");
}

TEST_CASE("a typing mistake finds the word that was meant") {
  const std::array<std::string, 3> words{"lcus", "command", "serial"};
  CHECK(did_you_mean("lucs", words) == "lcus");
  CHECK(did_you_mean("comand", words) == "command");
  CHECK(did_you_mean("seriell", words) == "serial");
  CHECK_FALSE(did_you_mean("relay", words).has_value());
  CHECK_FALSE(did_you_mean("", words).has_value());
  CHECK_FALSE(did_you_mean(std::string(1000, 'x'), words).has_value());
  CHECK(did_you_mean_suffix("lcu", words) == " (did you mean 'lcus'?)");
  CHECK(did_you_mean_suffix("nothing", words).empty());
}

TEST_CASE("splitting, joining and trimming") {
  CHECK(split("a,b,,c", ',') == std::vector<std::string_view>{"a", "b", "", "c"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
  CHECK(split("a,", ',') == std::vector<std::string_view>{"a", ""});
  CHECK(join(std::array<std::string, 3>{"a", "b", "c"}, ", ") == "a, b, c");
  CHECK(join({}, ", ").empty());
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim(" \r\n").empty());
  CHECK(to_hex(std::array<unsigned char, 3>{0x00, 0xa0, 0xff}) == "00a0ff");
}
