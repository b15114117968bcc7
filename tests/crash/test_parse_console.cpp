#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/parse_console.h"

using namespace rigbisect;

namespace {

const std::string crash_log =
    "[    5.000001] WARNING: CPU: 0 PID: 1 at drivers/misc/ring.c:77 ring_grow+0x10/0x20\n"
    "[    5.000005] Call Trace:\n"
    "[    5.000006]  ring_grow\x1b]0;evil\x07+0x10/0x20\n"
    "[    5.000007]  ring_write+0x30/0x40\n"
    "[    5.000008]  vfs_write+0x50/0x60\n"
    "[    6.000000] Kernel panic - not syncing: panic_on_warn set ...\n";

struct Run {
  int status = 0;
  std::string out;
  std::string err;
};

Run run(const ParseConsoleOptions& options, const std::string& input = crash_log) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const int status = parse_console(options, in, out, err);
  return {status, out.str(), err.str()};
}

class ScratchFile {
 public:
  explicit ScratchFile(const std::string& bytes)
      : path_(
            std::filesystem::temp_directory_path() /
            ("rigbisect-parse-console-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + ".log")) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~ScratchFile() { std::filesystem::remove(path_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  std::string name() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("for people the title comes first and nothing reaches the terminal raw") {
  const auto result = run({});
  CHECK(result.status == 0);
  CHECK(result.out.find("WARNING in ring_") == 0);
  CHECK(result.out.find('\x1b') == std::string::npos);
  CHECK(result.out.find('\x07') == std::string::npos);
  CHECK(result.err.empty());
}

TEST_CASE("for programs there is one object a log on a line of its own") {
  const ScratchFile file(crash_log);
  ParseConsoleOptions options;
  options.json = true;
  options.files = {file.name(), "-"};
  const auto result = run(options, "nothing\n");
  CHECK(result.status == 0);
  std::istringstream lines(result.out);
  std::string line;
  REQUIRE(std::getline(lines, line));
  const auto object = nlohmann::json::parse(line);
  CHECK(object["log"] == file.name());
  REQUIRE(object["reports"].size() == 1);
  const auto report = object["reports"][0];
  for (const char* key : {"title", "alt_titles", "type", "corrupted", "suppressed", "panicked", "executor",
                          "frame", "guilty_file", "start", "end", "report"})
    CHECK_MESSAGE(report.contains(key), key);
  CHECK(report["panicked"] == true);
  REQUIRE(std::getline(lines, line));
  CHECK(nlohmann::json::parse(line)["reports"].empty());
}

TEST_CASE("--all tells of every crash of a log") {
  ParseConsoleOptions options;
  options.json = true;
  options.all = true;
  CHECK(nlohmann::json::parse(run(options).out)["reports"].size() == 2);
}

TEST_CASE("what cannot be read is named, and the rest is parsed") {
  const ScratchFile file(crash_log);
  ParseConsoleOptions options;
  options.files = {"/nonexistent/x.log", "/", "/dev/null", file.name()};
  const auto result = run(options);
  CHECK(result.status == 2);
  CHECK(result.err.find("/nonexistent/x.log") != std::string::npos);
  CHECK(result.err.find("/: is a directory") != std::string::npos);
  CHECK(result.err.find("/dev/null: is a device") != std::string::npos);
  CHECK(result.out.find("WARNING in ring_") == 0);
}

TEST_CASE("bytes in no encoding are valid JSON in the end") {
  ParseConsoleOptions options;
  options.json = true;
  const auto result = run(options, "WARNING: at \xc3\x28 \x80\n");
  CHECK(nlohmann::json::parse(result.out)["reports"].size() == 1);
}

TEST_CASE("--follow tells of a crash as soon as it begins, and of the report at the end") {
  ParseConsoleOptions options;
  options.follow = true;
  const auto result = run(options);
  CHECK(result.err.find("crash begins: WARNING: CPU: 0") == 0);
  CHECK(result.out.find("WARNING in ring_") == 0);
}
