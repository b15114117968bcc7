#include <doctest/doctest.h>

#include "kernel/image_cache.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/files.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using test::read;
using test::write;
namespace fs = std::filesystem;

namespace {

struct Cache {
  ScratchDirectory scratch;
  FakeClock clock;
  ImageCache cache{scratch.path() / "cache", 3000, clock};

  KernelImage insert(const std::string& key, std::size_t bytes = 1000, std::size_t vmlinux_bytes = 0) {
    KernelImage built;
    if (vmlinux_bytes > 0) {
      built.vmlinux = scratch.path() / "objects/vmlinux";
      write(built.vmlinux, std::string(vmlinux_bytes, 'v'));
    }
    built.kernel = scratch.path() / "objects/bzImage";
    built.config = scratch.path() / "objects/.config";
    built.signature = "s-" + key;
    write(built.kernel, std::string(bytes, 'k'));
    write(built.config, "CONFIG_A=y\n");
    const auto inserted = cache.insert(key, built);
    REQUIRE(inserted.ok());
    return *inserted;
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(scratch.path() / "cache"), {}));
  }
};

}  // namespace

TEST_CASE("the cache gives back what was put in") {
  Cache f;
  CHECK(!f.cache.find("one"));
  const KernelImage image = f.insert("one");
  CHECK(!image.cached);
  const auto found = f.cache.find("one");
  REQUIRE(found.has_value());
  CHECK(found->cached);
  CHECK(found->signature == "s-one");
  CHECK(found->kernel.filename() == "bzImage");
  CHECK(read(found->kernel).size() == 1000);
  CHECK(found->vmlinux.empty());
}

TEST_CASE("the least recently used images go first, and none that may be booting") {
  Cache f;
  for (const char* key : {"a", "b", "c", "d"}) {
    f.insert(key);
    f.clock.advance(std::chrono::minutes(1));
  }
  CHECK(f.entries() == 4);  // over the limit, but all of this hour
  f.clock.advance(std::chrono::hours(2));
  CHECK(f.cache.find("a"));
  f.insert("e");
  CHECK(f.cache.find("a"));
  CHECK(!f.cache.find("b"));
  CHECK(!f.cache.find("c"));
  CHECK(!f.cache.find("d"));
  CHECK(f.cache.find("e"));
}

TEST_CASE("a vmlinux goes before any kernel does, the least recently used first") {
  Cache f;
  for (const char* key : {"a", "b", "c"}) {
    f.insert(key, 200, 900);
    f.clock.advance(std::chrono::hours(2));
  }
  const auto oldest = f.cache.find("a");
  REQUIRE(oldest.has_value());
  CHECK(oldest->vmlinux.empty());
  CHECK(read(oldest->kernel).size() == 200);
  for (const char* key : {"b", "c"}) {
    const auto image = f.cache.find(key);
    REQUIRE(image.has_value());
    CHECK(read(image->vmlinux).size() == 900);
  }
}

TEST_CASE("what a killed insertion left is removed when it is old") {
  Cache f;
  const fs::path left = f.scratch.path() / "cache/.new-0123";
  write(left / "bzImage", "half");
  f.clock.advance(std::chrono::hours(24 * 365 * 200));  // the file system's time is the real one
  f.insert("one");
  CHECK(!fs::exists(left));
  CHECK(f.cache.find("one"));
}

TEST_CASE("a commit that does not build is remembered with its log, and is no image") {
  Cache f;
  const fs::path log = f.scratch.path() / "bad.log";
  write(log, "ring.c:1:2: error: no\n");
  CHECK(!f.cache.find_broken("bad"));
  REQUIRE(f.cache.insert_broken("bad", {"ring.c:1:2: error: no", log, "gcc 12"}).ok());
  const auto broken = f.cache.find_broken("bad");
  REQUIRE(broken.has_value());
  CHECK(broken->first_error == "ring.c:1:2: error: no");
  CHECK(broken->compiler == "gcc 12");
  CHECK(read(broken->log) == "ring.c:1:2: error: no\n");
  CHECK(!f.cache.find("bad"));
  CHECK(f.cache.find_broken("bad"));
  f.insert("good");
  CHECK(!f.cache.find_broken("good"));
}

TEST_CASE("a second insertion of a key is harmless") {
  Cache f;
  f.insert("one");
  CHECK(f.insert("one").signature == "s-one");
  CHECK(f.entries() == 1);
}
