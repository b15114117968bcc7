#include <map>

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>

#include "kernel/initramfs.h"
#include "target/run_config.h"
#include "tests/fakes/files.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using test::read;
using test::write;

namespace {

const std::vector<unsigned char> kInit{0x7f, 'E', 'L', 'F'};
const TargetPlan kPlan{
    "0123456789abcdef", std::chrono::seconds(3), true, {"/rigbisect/reproducer", "a b\n\\"}};

struct Entry {
  std::string content;
  unsigned mode = 0;
  unsigned links = 0;
  long inode = 0;
  bool operator==(const Entry&) const = default;
};

std::map<std::string, Entry> unpack(const std::string& bytes) {
  std::map<std::string, Entry> entries;
  archive* reader = archive_read_new();
  archive_read_support_format_cpio(reader);
  archive_read_support_filter_gzip(reader);
  REQUIRE(archive_read_open_memory(reader, bytes.data(), bytes.size()) == ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
    std::string content(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
    if (!content.empty()) archive_read_data(reader, content.data(), content.size());
    CHECK(archive_entry_mtime(entry) == 0);
    CHECK(archive_entry_uid(entry) == 0);
    entries[archive_entry_pathname(entry)] = {content, archive_entry_mode(entry), archive_entry_nlink(entry),
                                              static_cast<long>(archive_entry_ino64(entry))};
  }
  archive_read_free(reader);
  return entries;
}

}  // namespace

TEST_CASE("the initramfs holds init, the plan and the files") {
  const ScratchDirectory scratch;
  write(scratch.path() / "repro", "program");
  write(scratch.path() / "data", "");
  const auto to = scratch.path() / "out/initramfs";
  const std::vector<TargetFile> files{{scratch.path() / "repro", "/rigbisect/reproducer", true},
                                      {scratch.path() / "data", "/lib/deep/data", false}};
  for (const bool compress : {false, true}) {
    REQUIRE(write_initramfs(to, kInit, kPlan, files, compress).ok());
    const auto entries = unpack(read(to));
    CHECK(entries.at("init").content ==
          "\x7f"
          "ELF");
    CHECK(entries.at("init").mode == 0100755);
    CHECK(entries.at("rigbisect/reproducer").content == "program");
    CHECK(entries.at("rigbisect/reproducer").mode == 0100755);
    CHECK(entries.at("lib/deep/data").mode == 0100644);
    for (const char* directory : {"dev", "proc", "sys", "tmp", "lib", "lib/deep", "rigbisect"}) {
      CHECK(entries.at(directory).mode == 040755);
    }
    const auto plan = parse_run_config(entries.at("rigbisect/run.conf").content);
    REQUIRE(plan.ok());
    CHECK(plan->nonce == kPlan.nonce);
    CHECK(plan->duration == std::chrono::seconds(3));
    CHECK(plan->once);
    CHECK(plan->argv == kPlan.argv);
    const std::string first = read(to);
    REQUIRE(write_initramfs(to, kInit, kPlan, files, compress).ok());
    CHECK(read(to) == first);
    CHECK((first.substr(0, 6) == "070701") == !compress);
  }
}

TEST_CASE("a file under several names is stored once, as links") {
  const ScratchDirectory scratch;
  write(scratch.path() / "busybox", std::string(100'000, 'b'));
  const auto to = scratch.path() / "initramfs";
  REQUIRE(write_initramfs(to, kInit, kPlan,
                          {{scratch.path() / "busybox", "/bin/sh", true},
                           {scratch.path() / "busybox", "/bin/busybox", true}},
                          false)
              .ok());
  CHECK(std::filesystem::file_size(to) < 150'000);
  const auto entries = unpack(read(to));
  CHECK(entries.at("bin/busybox").links == 2);
  CHECK(entries.at("bin/busybox").inode == entries.at("bin/sh").inode);
  CHECK(entries.at("bin/busybox").inode != entries.at("init").inode);
}

TEST_CASE("an initramfs that cannot be made is an error and leaves nothing") {
  const ScratchDirectory scratch;
  write(scratch.path() / "f", "x");
  const auto to = scratch.path() / "initramfs";
  const auto code = [&](const TargetPlan& plan, const std::vector<TargetFile>& files) {
    const auto written = write_initramfs(to, kInit, plan, files, false);
    REQUIRE(!written.ok());
    CHECK(!std::filesystem::exists(to));
    return written.error().code;
  };
  CHECK(code(kPlan, {{scratch.path() / "missing", "/x", true}}) == Errc::not_found);
  CHECK(code(kPlan, {{scratch.path() / "f", "relative", true}}) == Errc::invalid);
  CHECK(code(kPlan, {{scratch.path() / "f", "/", true}}) == Errc::invalid);
  CHECK(code(kPlan, {{scratch.path() / "f", "/a/../init", true}}) == Errc::invalid);
  TargetPlan long_plan = kPlan;
  long_plan.argv.assign(300, "x");
  CHECK(code(long_plan, {}) == Errc::invalid);
  long_plan.argv = {std::string("a\0b", 3)};
  CHECK(code(long_plan, {}) == Errc::invalid);
}
