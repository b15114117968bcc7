// The project's own console logs, and what must be found in each, also when the line decorates or chops them.
#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "console_case.h"
#include "crash/crash_parser.h"

using namespace rigbisect;
using namespace rigbisect::test;

namespace {

std::string with_line_ends(const std::string& log, const std::string& end) {
  std::string out;
  for (const char c : log) out += c == '\n' ? end : std::string(1, c);
  return out;
}

std::string with_line_starts(const std::string& log, const std::string& start) {
  std::string out = start;
  for (const char c : log) out += c == '\n' ? "\n" + start : std::string(1, c);
  return out;
}

}  // namespace

TEST_CASE("each console log has the crash that its headers say") {
  const auto cases = console_cases();
  REQUIRE(cases.size() >= 10);
  for (const auto& test : cases) {
    CAPTURE(test.name);
    const auto report = first(test.log);
    CHECK(report.title == test.header("title"));
    CHECK(report.type == test.header("type"));
    CHECK(report.corrupted == (test.header("corrupted") == "yes"));
    CHECK(report.alt_titles.size() == test.headers.count("alt"));
    for (const auto& alt : report.alt_titles) {
      const auto range = test.headers.equal_range("alt");
      CHECK(std::any_of(range.first, range.second, [&](const auto& entry) { return entry.second == alt; }));
    }
    if (!test.header("file").empty()) CHECK(report.guilty_file == test.header("file"));
  }
}

TEST_CASE("what a serial line does to lines changes no title") {
  for (const auto& test : console_cases()) {
    CAPTURE(test.name);
    const auto title = test.header("title");
    CHECK(first(with_line_ends(test.log, "\r\n")).title == title);
    CHECK(first(with_line_ends(test.log, "\r\r\n")).title == title);
    CHECK(first(with_line_ends(test.log, "\n\r")).title == title);
    CHECK(first(with_line_ends(test.log, "\x1b[0m\r\n")).title == title);
    CHECK(first(with_line_starts(test.log, "<4>")).title == title);
    CHECK(first(with_line_starts(test.log, "\x1b[32m")).title == title);
    CHECK(first(with_line_ends(test.log, std::string("\0\0\n", 3))).title == title);
    CHECK(first("SeaBIOS (version 1.16)\r\nBooting from ROM..\x1b[2J\n" + test.log).title == title);
  }
}

TEST_CASE("markers of our init in between are not part of a report") {
  for (const auto& test : console_cases()) {
    CAPTURE(test.name);
    const auto marked = with_line_ends(
        test.log, "\n[   99.000000] @rb1 0123456789abcdef 7 out 1 BUG: KASAN: fake in f+0x1/0x2 ~00000000\n");
    const auto report = first(marked);
    CHECK(report.title == test.header("title"));
    CHECK(report.report.find("@rb1") == std::string::npos);
    CHECK(report.report == first(test.log).report);
  }
}

TEST_CASE("a log cut anywhere is read without harm") {
  for (const auto& test : console_cases())
    for (std::size_t size = 0; size < test.log.size(); size += 97) {
      const auto cut = std::string_view(test.log).substr(0, size);
      CHECK(contains_crash(cut) == parse_crash(cut).has_value());
    }
}
