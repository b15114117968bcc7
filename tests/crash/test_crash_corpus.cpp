// The shared corpus, where it is present: no fewer right titles than we once had.
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
  int cases = 0;
  int titles = 0;
  int types = 0;
  int wrong_with_confidence = 0;
  for_each_case("cases.jsonl", [&](const nlohmann::json& expected, const CrashReport& report) {
    ++cases;
    const bool right = report.title == expected["title"].get<std::string>();
    titles += right;
    types += report.type == expected["type"].get<std::string>();
    wrong_with_confidence += !right && !report.corrupted;
    if (report.title.empty()) return;
    CHECK(report.panicked == expected["panicked"].get<bool>());
    if (expected["report_text"].is_string())
      CHECK(report.report == expected["report_text"].get<std::string>());
  });
  CHECK(100 * titles >= 98 * cases);
  CHECK(100 * types >= 99 * cases);
  CHECK(100 * wrong_with_confidence <= cases);
}

TEST_CASE("the corpus gives its guilty files") {
  if (!corpus_is_there()) return;
  int cases = 0;
  int right = 0;
  for_each_case("guilty.jsonl", [&](const nlohmann::json& expected, const CrashReport& report) {
    ++cases;
    right += report.guilty_file == expected["file"].get<std::string>();
  });
  CHECK(100 * right >= 95 * cases);
}
