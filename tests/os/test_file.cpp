#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "os/file.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
namespace fs = std::filesystem;

TEST_CASE("a file is replaced in one step and leaves nothing beside it") {
  const ScratchDirectory scratch;
  const fs::path path = scratch.path() / "a/b/file";
  REQUIRE(write_file_atomically(path, "old").ok());
  REQUIRE(write_file_atomically(path, std::string(1 << 20, 'n')).ok());
  CHECK(*read_file(path) == std::string(1 << 20, 'n'));
  CHECK(std::distance(fs::directory_iterator(path.parent_path()), fs::directory_iterator()) == 1);
}

TEST_CASE("reading is bounded and names what is missing") {
  const ScratchDirectory scratch;
  const fs::path path = scratch.path() / "file";
  REQUIRE(write_file_atomically(path, "12345").ok());
  CHECK(read_file(path, 5).ok());
  CHECK(read_file(path, 4).error().code == Errc::invalid);
  const auto missing = read_file(scratch.path() / "none");
  CHECK(missing.error().code == Errc::not_found);
  CHECK(missing.error().what.ends_with("/none: No such file or directory"));
  CHECK_FALSE(read_file(scratch.path()).ok());
}

TEST_CASE("a copy has the content and the mode") {
  const ScratchDirectory scratch;
  const fs::path from = scratch.path() / "from";
  const fs::path to = scratch.path() / "sub/to";
  REQUIRE(write_file_atomically(from, std::string(300'000, 'x')).ok());
  fs::permissions(from, fs::perms::owner_all);
  REQUIRE(copy_file_atomically(from, to).ok());
  CHECK(*read_file(to) == std::string(300'000, 'x'));
  CHECK(fs::status(to).permissions() == fs::perms::owner_all);
  REQUIRE(copy_file_atomically("/proc/self/status", to).ok());  // says it is empty and is not
  CHECK(read_file(to)->size() > 100);
  CHECK(copy_file_atomically(scratch.path() / "none", to).error().code == Errc::not_found);
}

TEST_CASE("a lock is held by one and names its holder") {
  const ScratchDirectory scratch;
  const fs::path path = scratch.path() / "lock";
  {
    const auto first = FileLock::try_acquire(path);
    REQUIRE(first.ok());
    CHECK(FileLock::is_held(path));
    const auto second = FileLock::try_acquire(path);
    REQUIRE_FALSE(second.ok());
    CHECK(second.error() ==
          Error{Errc::busy, "process " + std::to_string(::getpid()) + " holds the lock " + path.native()});
  }
  CHECK_FALSE(FileLock::is_held(path));
  CHECK(FileLock::try_acquire(path).ok());
}

TEST_CASE("directories, free space and random text") {
  const ScratchDirectory scratch;
  CHECK(make_directories(scratch.path() / "x/y").ok());
  REQUIRE(write_file_atomically(scratch.path() / "file", "").ok());
  CHECK_FALSE(make_directories(scratch.path() / "file/y").ok());
  CHECK(*free_bytes(scratch.path()) > 0);
  CHECK_FALSE(free_bytes(scratch.path() / "none").ok());
  CHECK(random_hex(8).size() == 16);
  CHECK(random_hex(8) != random_hex(8));
}
