// The shared corpus, where it is present: what we once had right stays right.
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "console_case.h"
#include "crash/crash_parser.h"

using namespace rigbisect;

namespace {

const std::filesystem::path corpus = RIGBISECT_SOURCE_DIR "/../shared/corpus/crash";

template <typename Check>
void for_each_case(const char* list, Check check) {
  std::ifstream lines(corpus / list);
  for (std::string line; std::getline(lines, line);) {
    const auto expected = nlohmann::json::parse(line);
    const auto log = test::read_bytes(corpus / expected["log"].get<std::string>());
    check(expected, parse_crash(log).value_or(CrashReport{}));
  }
}

bool corpus_is_there() {
  if (std::filesystem::exists(corpus / "cases.jsonl")) return true;
  MESSAGE("skipped: no crash corpus at " << corpus.string());
  return false;
}

}  // namespace

TEST_CASE("the corpus gives its titles") {
  if (!corpus_is_there()) return;
  for_each_case("cases.jsonl", [&](const nlohmann::json& expected, const CrashReport& report) {
    CAPTURE(expected["log"].get<std::string>());
    CHECK(report.title == expected["title"].get<std::string>());
    CHECK(report.type == expected["type"].get<std::string>());
    if (report.title.empty()) return;
    CHECK(report.panicked == expected["panicked"].get<bool>());
    if (expected["report_text"].is_string())
      CHECK(report.report == expected["report_text"].get<std::string>());
  });
}

TEST_CASE("the corpus gives its guilty files") {
  if (!corpus_is_there()) return;
  for_each_case("guilty.jsonl", [&](const nlohmann::json& expected, const CrashReport& report) {
    CAPTURE(expected["log"].get<std::string>());
    CHECK(report.guilty_file == expected["file"].get<std::string>());
  });
}
