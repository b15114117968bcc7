#include <array>
#include <filesystem>
#include <sstream>
#include <thread>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/parse_console.h"
#include "live_log.h"
#include "os/fd.h"
#include "tests/fakes/scratch_directory.h"
#include "tests/symbols/sample_kernel.h"

using namespace rigbisect;
using namespace rigbisect::test;

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

// Runs it with a clock of the test's own and `input` on standard input.
Run run(const ParseConsoleOptions& options, Clock& clock, std::stop_token stop,
        const std::string& input = {}) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const Fd read(ends[0]);
  std::jthread writer([fd = Fd(ends[1]), &input] { (void)!::write(fd.get(), input.data(), input.size()); });
  std::ostringstream out;
  std::ostringstream err;
  const int status = parse_console(options, {read.get(), out, err, clock, std::move(stop)});
  return {status, out.str(), err.str()};
}

Run run(const ParseConsoleOptions& options, const std::string& input = crash_log) {
  FakeClock clock;
  return run(options, clock, {}, input);
}

struct LogFile {
  ScratchDirectory scratch;
  std::filesystem::path path = scratch.path() / "console.log";

  explicit LogFile(const std::string& bytes) { replace(path, bytes); }
  std::string name() const { return path.string(); }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
  return found;
}

ParseConsoleOptions follow(const LogFile& file) {
  ParseConsoleOptions options;
  options.follow = true;
  options.files = {file.name()};
  return options;
}

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
  const LogFile file(crash_log);
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
  const LogFile file(crash_log);
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

TEST_CASE("a repaired name is told of, and only then") {
  ParseConsoleOptions options;
  options.json = true;
  CHECK_FALSE(has(run(options).out, "\"repaired\""));
}

TEST_CASE("--all has no limit, and memory does not grow with the number of crashes") {
  LogFile file("");
  std::string block;
  for (int i = 0; i < 100; ++i) block += "BUG: sleeping function called\n" + std::string(20'000, 'x') + "\n";
  append_to(file.path, block);
  ParseConsoleOptions options;
  options.json = true;
  options.all = true;
  options.files = {file.name()};
  CHECK(nlohmann::json::parse(run(options).out)["reports"].size() == 100);
}

TEST_CASE("a stop ends the reading") {
  FakeClock clock;
  std::stop_source stop;
  stop.request_stop();
  for (const bool json : {false, true}) {
    ParseConsoleOptions options;
    options.json = json;
    const auto result = run(options, clock, stop.get_token());
    CHECK(result.status == 130);
    CHECK(result.out.empty());  // it is not known that there was no crash
  }
}

TEST_CASE("standard output that cannot be written is no success") {
  FakeClock clock;
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  std::ostringstream err;
  const LogFile file(crash_log);
  ParseConsoleOptions options;
  options.files = {file.name()};
  CHECK(parse_console(options, {0, out, err, clock, {}}) == 4);
  CHECK(has(err.str(), "standard output cannot be written"));
}

TEST_CASE("--follow on a pipe tells of a crash when it begins and of each report at the end") {
  ParseConsoleOptions options;
  options.follow = true;
  const auto result = run(options);
  CHECK(result.status == 0);
  CHECK(result.err.find("crash begins: WARNING: CPU: 0") == 0);
  CHECK(result.out.find("WARNING in ring_") == 0);
  CHECK(has(result.out, "kernel panic: panic_on_warn set"));
}

TEST_CASE("--follow prints a report when the line is quiet and the next one when it comes") {
  LogFile file("");
  std::vector<ScriptedClock::Step> steps;
  std::vector<std::string> seen;
  std::ostringstream out;
  std::ostringstream err;
  steps.push_back([&] { append_to(file.path, crash_log); });
  steps.push_back([&] { seen.push_back(out.str()); });
  steps.insert(steps.end(), 40, [] {});
  steps.push_back([&] { seen.push_back(out.str()); });
  steps.push_back([&] { append_to(file.path, "BUG: scheduling while atomic: x/1\n"); });
  ScriptedClock clock(steps);
  CHECK(parse_console(follow(file), {0, out, err, clock, clock.token()}) == 0);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].empty());
  CHECK(count(seen[1], "  log: ") == 2);
  CHECK(count(out.str(), "  log: ") == 3);
  CHECK(count(err.str(), "crash begins: ") == 2);
}

TEST_CASE("--follow goes on with the log that replaces the old one") {
  LogFile file(crash_log);
  ScriptedClock clock({[&] { replace(file.path, "y\n"); },
                       [&] { append_to(file.path, "Kernel panic - not syncing: the second\n"); }});
  auto options = follow(file);
  options.json = true;
  const auto result = run(options, clock, clock.token());
  CHECK(result.status == 0);
  std::istringstream lines(result.out);
  std::string line;
  REQUIRE(std::getline(lines, line));
  CHECK(nlohmann::json::parse(line)["reports"][0]["start"] == 0);
  for (std::string next; std::getline(lines, next);) line = next;
  const auto second = nlohmann::json::parse(line)["reports"][0];
  CHECK(second["title"] == "kernel panic: the second");
  CHECK(second["start"] == 2);
}

TEST_CASE("--follow takes one log") {
  ParseConsoleOptions options;
  options.follow = true;
  options.files = {"a.log", "b.log"};
  const auto result = run(options);
  CHECK(result.status == 2);
  CHECK(has(result.err, "b.log: --follow watches one log"));
}

TEST_CASE("a vmlinux that cannot be used is named and nothing is parsed") {
  ParseConsoleOptions options;
  options.vmlinux = "/nonexistent/vmlinux";
  const auto result = run(options);
  CHECK(result.status == 2);
  CHECK(has(result.err, "/nonexistent/vmlinux is not there"));
  CHECK(result.out.empty());
}

TEST_CASE("a vmlinux of another build is told of") {
  ParseConsoleOptions options;
  options.vmlinux = SAMPLE_KERNEL "/vmlinux";
  const auto result = run(options);
  CHECK(result.status == 0);
  CHECK(has(result.err, "knows none of the 3 stack frames; is it of another build?"));
}

TEST_CASE("with its vmlinux a report has positions") {
  ParseConsoleOptions options;
  options.vmlinux = SAMPLE_KERNEL "/vmlinux";
  options.json = true;
  const auto size = test::size_of_function("vmlinux.nm", "ring_read");
  char frame[64];
  std::snprintf(frame, sizeof frame, "ring_read+0x%zx/0x%zx", std::size_t{size}, std::size_t{size});
  const auto result = run(options, "BUG: kernel NULL pointer dereference, address: 8\nCall Trace:\n " +
                                       std::string(frame) + "\n");
  const auto report = nlohmann::json::parse(result.out)["reports"][0];
  CHECK(has(report["report"], std::string(frame) + " drivers/ring.c:21\n"));
  CHECK(report["guilty_file"] == "drivers/ring.c");
}

TEST_CASE("what stands behind two dashes is a file, also behind other files") {
  const char* const argv[] = {"rigbisect", "parse-console", "a.log", "--", "-weird", "-", "b.log"};
  CHECK(arguments_of(7, argv) ==
        std::vector<std::string>{"b.log", "-", "./-weird", "a.log", "parse-console"});
  const char* const other[] = {"rigbisect", "log", "--", "-x"};
  CHECK(arguments_of(4, other) == std::vector<std::string>{"-x", "--", "log"});
  CHECK(arguments_of(0, argv).empty());
}
