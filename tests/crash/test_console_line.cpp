#include <string>

#include <doctest/doctest.h>

#include "crash/console_line.h"

using namespace rigbisect;

TEST_CASE("a line ends at LF, or when it is too long") {
  const std::string text = "one\ntwo";
  CHECK(line_at(text, 0).end == 3);
  CHECK(line_at(text, 0).complete);
  CHECK(line_at(text, 4).end == 7);
  CHECK_FALSE(line_at(text, 4).complete);
  const std::string endless(max_raw_line + 5, 'x');
  CHECK(line_at(endless, 0).complete);
  CHECK(line_at(endless, 0).next == max_raw_line);
}

TEST_CASE("decoration of a serial line is taken off") {
  CHECK(clean_line("text\r") == "text");
  CHECK(clean_line("te\0xt\xff" + std::string(1, '\0')) == "te");  // a C string ends there
  CHECK(clean_line(std::string("te\0xt", 5)) == "text");
  CHECK(clean_line("<4>[    1.0] text") == "[    1.0] text");
  CHECK(clean_line("\x1b[32m[    1.0] \x1b[0m\x1b[33mtext\x1b[0m") == "[    1.0] text");
  CHECK(clean_line("\x1b(Btext\x1b") == "text");
  CHECK(clean_line("<foo> text") == "<foo> text");
}

TEST_CASE("a marker of our init is no text of the kernel") {
  CHECK(clean_line("[    2.5] @rb1 0123456789abcdef 3 out 1 BUG: fake ~00000000") == "[    2.5] ");
}

TEST_CASE("the context of a line is who printed it") {
  CHECK(line_context("no prefix") == "");
  CHECK(line_context("[   12.345678] text") == "console");
  CHECK(line_context("[   12.345678][ T1234] text") == "[ T1234]");
  CHECK(line_context("[   12.345678][    C0] text") == "[    C0]");
  CHECK(line_context("** 12 printk messages dropped ** [    1.5] text") == "console");
  CHECK(line_context("rig login: [    1.5] text") == "console");
  CHECK(line_context("[12] text") == "");
  CHECK(is_task_context("[ T1234]"));
  CHECK(is_cpu_context("[    C0]"));
  CHECK(is_shared_context("console"));
}

TEST_CASE("the text begins behind the prefix, and guessed frames are told") {
  const auto text = [](std::string_view line) {
    WordSet words;
    return line.substr(line_prefix(line, words).end);
  };
  CHECK(text("[   12.345678][ T1234] text") == "text");
  CHECK(text("[   12.345678] text] more") == "text] more");
  CHECK(text("rig login: [   12.345678] text") == "text");
  CHECK(text("text") == "text");
  CHECK(is_guess(" ? f+0x1/0x2"));
  CHECK(is_guess(" [<ffffffff81>] ? f+0x1/0x2"));
  CHECK(is_guess(" f+0x1/0x2 (unreliable)"));
  CHECK_FALSE(is_guess(" f+0x1/0x2"));
  CHECK_FALSE(is_guess("<EOI> f+0x1/0x2 (unreliable)"));
}

TEST_CASE("a time stamp may stand in front of a login prompt or behind it") {
  CHECK(line_context("[    1.000000][  T123] host login: BUG: x") == "[  T123]");
  CHECK(line_context("host login: [    1.000000][  T123] BUG: x") == "[  T123]");
  CHECK(line_context("host login: BUG: x").empty());
}
