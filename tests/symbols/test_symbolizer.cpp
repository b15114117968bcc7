#include <doctest/doctest.h>

#include "sample_kernel.h"
#include "symbols/symbolizer.h"

using namespace rigbisect;
using namespace rigbisect::test;

namespace {

Symbolizer open(const std::string& modules = "modules") {
  auto opened = Symbolizer::open(sample("vmlinux"), modules.empty() ? "" : sample(modules));
  REQUIRE(opened);
  return std::move(*opened);
}

std::string hex(std::uint64_t value) {
  char text[20];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

CrashReport report(const std::string& text) {
  CrashReport report;
  report.title = "WARNING in ring_read";
  report.report = text;
  return report;
}

// "ring_read+0x<end>/0x<end>": behind its last instruction.
std::string end_of(const std::string& function, const std::string& list = "vmlinux.nm") {
  const auto size = hex(size_of_function(list, function));
  return function + "+" + size + "/" + size;
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("frames get their positions and the guilty file is taken from them") {
  auto symbolizer = open();
  const auto out =
      symbolizer.symbolize(report("Call Trace:\n " + end_of("ring_read") + "\n other+0x1/0x2\n"));
  CHECK(out.report == "Call Trace:\n " + end_of("ring_read") + " drivers/ring.c:21\n other+0x1/0x2\n");
  CHECK(out.guilty_file == "drivers/ring.c");
  CHECK(symbolizer.tally().frames == 2);
  CHECK(symbolizer.tally().located == 1);
}

TEST_CASE("inlined callers get lines of their own with the rest of the line in front") {
  auto symbolizer = open();
  const auto size = size_of_function("vmlinux.nm", "ring_read");
  bool found = false;
  for (std::uint64_t offset = 0; offset < size && !found; ++offset) {
    const auto frame = "ring_read+" + hex(offset) + "/" + hex(size);
    const auto out = symbolizer.symbolize(report("RIP: 0010:" + frame)).report;
    found = out ==
            "RIP: 0010:ring_slot include/ring.h:6 [inline]\n"
            "RIP: 0010:ring_pair drivers/ring.c:10 [inline]\n"
            "RIP: 0010:" +
                frame + " drivers/ring.c:18";
  }
  CHECK(found);
}

TEST_CASE("a module is found below the directory, also beside a stripped one, and its build id is cut") {
  auto symbolizer = open();
  const auto frame = end_of("ring_read", "module.nm");
  const auto out = symbolizer.symbolize(report(" " + frame + " [ring_buffer 0123abcd]\n"));
  CHECK(out.report == " " + frame + " drivers/ring.c:21 [ring_buffer]\n");
}

TEST_CASE("a frame of a module that is not there is left as it is") {
  const auto line = " " + end_of("ring_read") + " [other 0123abcd]\n";
  auto with = open();
  CHECK(with.symbolize(report(line)).report == line);
  auto without = open("");
  CHECK(without.symbolize(report(line)).report == line);
}

TEST_CASE("a report that has positions is left alone") {
  auto symbolizer = open();
  const auto text = " f+0x1/0x2 mm/slub.c:12\n " + end_of("ring_read") + "\n";
  const auto out = symbolizer.symbolize(report(text));
  CHECK(out == report(text));
}

TEST_CASE("what stood before the oops line is left alone and blames no file") {
  auto symbolizer = open();
  const std::string prefix = " earlier+0x1/0x2 fs/open.c:1\n";
  auto before = report(prefix + " " + end_of("ring_read") + "\n");
  before.prefix_size = prefix.size();
  const auto out = symbolizer.symbolize(before);
  CHECK(out.report == prefix + " " + end_of("ring_read") + " drivers/ring.c:21\n");
  CHECK(out.guilty_file == "drivers/ring.c");
}

TEST_CASE("the lines of a report stay as many and in order where nothing is known") {
  auto symbolizer = open();
  for (const char* text : {"", "\n", "\n\n", "a", "a\n\nb\n", "f+0x1/0x2", "\xff\x00+0x1/0x2\n"}) {
    CHECK(symbolizer.symbolize(report(text)).report == text);
    CHECK(count(symbolizer.symbolize(report(text)).report, "\n") == count(text, "\n"));
  }
}

TEST_CASE("a vmlinux or a directory that cannot be used is named") {
  const auto kernel = Symbolizer::open("/nonexistent/vmlinux", "");
  REQUIRE_FALSE(kernel);
  CHECK(kernel.error().what == "/nonexistent/vmlinux is not there, or may not be read");
  const auto modules = Symbolizer::open(sample("vmlinux"), sample("vmlinux.nm"));
  REQUIRE_FALSE(modules);
  CHECK(modules.error().what == sample("vmlinux.nm").native() + " is not a directory");
}
