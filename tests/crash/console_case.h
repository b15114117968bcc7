#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "crash/crash_parser.h"

// tests/data/console/NAME.log: what a recogniser must say of a log, and the log. Headers ("title: ...") up to
// a blank line, then the console bytes as they came.
namespace rigbisect::test {

struct ConsoleCase {
  std::string name;
  std::multimap<std::string, std::string> headers;
  std::string log;

  std::string header(const std::string& key) const {
    const auto found = headers.find(key);
    return found == headers.end() ? std::string{} : found->second;
  }
};

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline ConsoleCase load_case(const std::filesystem::path& path) {
  ConsoleCase result{path.stem().string(), {}, read_bytes(path)};
  for (;;) {
    const auto end = result.log.find('\n');
    const auto line = result.log.substr(0, end);
    result.log.erase(0, end == std::string::npos ? end : end + 1);
    const auto colon = line.find(": ");
    if (colon == std::string::npos) return result;
    result.headers.emplace(line.substr(0, colon), line.substr(colon + 2));
  }
}

inline std::vector<ConsoleCase> console_cases() {
  std::vector<ConsoleCase> cases;
  for (const auto& entry : std::filesystem::directory_iterator(RIGBISECT_SOURCE_DIR "/tests/data/console"))
    if (entry.path().extension() == ".log") cases.push_back(load_case(entry.path()));
  return cases;
}

// The first crash of a log; one without a title if there is none.
inline CrashReport first(const std::string& log) {
  return parse_crash(log).value_or(CrashReport{});
}

}  // namespace rigbisect::test
