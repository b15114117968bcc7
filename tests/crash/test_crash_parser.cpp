#include <string>

#include <doctest/doctest.h>

#include "console_case.h"
#include "crash/crash_parser.h"

using namespace rigbisect;
using namespace rigbisect::test;

namespace {

const std::string warning =
    "[    5.000000] ------------[ cut here ]------------\n"
    "[    5.000001] WARNING: CPU: 0 PID: 1 at drivers/misc/ring.c:77 ring_grow+0x10/0x20\n"
    "[    5.000002] Modules linked in:\n"
    "[    5.000003] CPU: 0 PID: 1 Comm: init Not tainted 6.1.0 #1\n"
    "[    5.000004] RIP: 0010:ring_grow+0x10/0x20\n"
    "[    5.000005] Call Trace:\n"
    "[    5.000006]  <TASK>\n"
    "[    5.000007]  ring_write+0x30/0x40\n"
    "[    5.000008]  vfs_write+0x50/0x60\n"
    "[    5.000009]  do_syscall_64+0x70/0x80\n"
    "[    5.000010]  </TASK>\n"
    "[    5.000011] ---[ end trace 0000000000000000 ]---\n";

const std::string panic = "[    6.000000] Kernel panic - not syncing: panic_on_warn set ...\n";
const std::string harmless = "[    4.000000] ring: ready\n";

std::string repeated(const std::string& text, std::size_t size) {
  std::string out;
  while (out.size() < size) out += text;
  return out;
}

std::vector<CrashReport> streamed(std::string_view log, std::size_t piece) {
  CrashStream stream;
  for (std::size_t at = 0; at < log.size(); at += piece) stream.feed(log.substr(at, piece));
  return stream.reports();
}

}  // namespace

TEST_CASE("a log without a crash has none") {
  CHECK_FALSE(parse_crash(""));
  CHECK_FALSE(parse_crash(harmless));
  CHECK_FALSE(contains_crash(repeated(harmless, 100000)));
}

TEST_CASE("a warning names its function, its range and its text without time stamps") {
  const auto report = parse_crash(harmless + warning);
  REQUIRE(report);
  CHECK(report->title == "WARNING in ring_grow");
  CHECK(report->type == "WARNING");
  CHECK(report->frame == "ring_grow");
  CHECK(report->guilty_file == "drivers/misc/ring.c");
  CHECK_FALSE(report->corrupted);
  CHECK_FALSE(report->panicked);
  CHECK(report->start == (harmless + warning).find("[    5.000001]"));
  CHECK(report->end == (harmless + warning).find("\n[    5.000002]"));
  CHECK(report->report.find("[    5.0") == std::string::npos);
  CHECK(report->report.find("ring: ready") == 0);
}

TEST_CASE("a panic behind a report belongs to it") {
  const auto reports = parse_crashes(warning + panic);
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].title == "WARNING in ring_grow");
  CHECK(reports[0].panicked);
  CHECK(reports[1].corrupted);
  CHECK(reports[0].start < reports[1].start);
}

TEST_CASE("an out-of-memory kill of the fuzzer is no bug of the kernel") {
  const auto report = parse_crash(warning + "Out of memory: Kill process 42 (syz-executor) score 9\n");
  REQUIRE(report);
  CHECK(report->suppressed);
}

TEST_CASE("a torn copy that printk repeats does not count") {
  const std::string log = "[    5.0] WARNING: CPU: 0 PI\n** replaying previous printk message **\n" + warning;
  const auto reports = parse_crashes(log);
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].start == log.find("[    5.000001]"));
  CHECK(contains_crash("WARNING: a\n"));
  CHECK_FALSE(contains_crash("WARNING: a\n** replaying previous printk message **\n"));
}

TEST_CASE("only lines of the task that crashed are in its report") {
  std::string log;
  for (std::size_t at = 0; at < warning.size();) {
    const auto end = warning.find('\n', at) + 1;
    log += "[    5.000000][  T101] " + warning.substr(at + 15, end - at - 15);
    log += "[    5.000000][  T202] usb 1-1: new device\n";
    at = end;
  }
  const auto report = parse_crash(log);
  REQUIRE(report);
  CHECK(report->title == "WARNING in ring_grow");
  CHECK(report->report.find("usb 1-1") == std::string::npos);
}

TEST_CASE("a started oops is announced with its own line, before the report is whole") {
  CrashStream stream;
  stream.feed(harmless);
  CHECK(stream.started().empty());
  const auto line = warning.find("WARNING");
  const auto end = warning.find('\n', line);
  stream.feed(warning.substr(0, end));
  CHECK(stream.started().empty());
  stream.feed("\n");
  CHECK(stream.started() == warning.substr(line, end - line));
  stream.reset();
  CHECK(stream.started().empty());
  CHECK(stream.reports().empty());
}

TEST_CASE("pieces of any size give the reports of the whole log") {
  for (const auto& test : console_cases()) {
    const auto log = test.log + "\n" + warning + panic + "WARNING: at the end";
    const auto whole = parse_crashes(log);
    CAPTURE(test.name);
    REQUIRE(whole.size() >= 2);
    for (const std::size_t piece : {1U, 2U, 7U, 64U, 1000U}) CHECK(streamed(log, piece) == whole);
  }
}

TEST_CASE("reports far apart are found in a long log, whatever the pieces") {
  const auto quiet = repeated(harmless, 350 * 1024);
  const auto log = quiet + warning + quiet + panic + quiet;
  const auto whole = parse_crashes(log);
  REQUIRE(whole.size() == 2);
  CHECK(whole[0].title == "WARNING in ring_grow");
  CHECK(whole[0].start == log.find("[    5.000001]"));
  CHECK(whole[1].title == "kernel panic: panic_on_warn set");
  CHECK(streamed(log, 4096) == whole);
  CHECK(streamed(log, log.size()) == whole);
}

TEST_CASE("on a console without time stamps, the one behind a prompt does not part a report") {
  std::string log = "host login: [    5.000001] ";
  for (auto at = warning.find("WARNING"); at < warning.size();) {
    const auto end = warning.find('\n', at) + 1;
    log += warning.substr(at, end - at);
    at = end + std::string("[    5.000000] ").size();
  }
  const auto report = parse_crash(log);
  REQUIRE(report);
  CHECK(report->title == "WARNING in ring_grow");
  CHECK_FALSE(report->corrupted);
}

TEST_CASE("the death of a fuzzer's process does not end the kernel's report") {
  auto log = warning;
  log.insert(log.find("[    5.000005]"), "[    5.000004] SYZFATAL: connection lost\n");
  const auto report = parse_crash(log);
  REQUIRE(report);
  CHECK(report->title == "WARNING in ring_grow");
  CHECK_FALSE(report->corrupted);
}

TEST_CASE("many oopses and endless lines are bounded") {
  const auto oopses = repeated("WARNING: again\n", 64u << 10);
  CHECK(parse_crashes(oopses).size() <= 64);
  const std::string endless(1u << 20, 'x');
  CHECK_FALSE(contains_crash(endless));
  CHECK(parse_crashes(endless + "\n" + warning).size() == 1);
  const std::string nuls(1u << 20, '\0');
  CHECK(parse_crashes(nuls + warning).size() == 1);
}

TEST_CASE("a quiet line finishes what has begun, and each report is handed out once") {
  CrashStream stream;
  stream.feed(warning);
  CHECK(stream.take_finished().empty());
  stream.quiet();
  CHECK(stream.started().empty());
  const auto finished = stream.take_finished();
  REQUIRE(finished.size() == 1);
  CHECK(finished.front().title == "WARNING in ring_grow");
  CHECK(stream.take_finished().empty());
  CHECK(stream.reports().empty());
  stream.feed("WARNING: cut of");
  stream.quiet();
  CHECK(stream.take_finished().size() == 1);
  stream.feed(warning);
  stream.quiet();
  REQUIRE(stream.take_finished().size() == 1);
}
