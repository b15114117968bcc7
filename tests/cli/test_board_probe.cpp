#include <doctest/doctest.h>

#include "cli/board_probe.h"
#include "os/file.h"
#include "tests/fakes/scratch_directory.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a board is probed with the newest kernel of the lab, else with one of this host") {
  const ScratchDirectory scratch;
  const fs::path lab = scratch.path() / "lab";
  const fs::path boot = scratch.path() / "boot";
  CHECK_FALSE(kernel_for_probing(lab, boot));
  REQUIRE(write_file_atomically(boot / "vmlinuz-6.1.0-40-amd64", "host"));
  REQUIRE(write_file_atomically(boot / "initrd.img-6.1.0-40-amd64", "newer, and no kernel"));
  CHECK(kernel_for_probing(lab, boot) == boot / "vmlinuz-6.1.0-40-amd64");
  const fs::path images = lab / "kernels" / "images";
  REQUIRE(write_file_atomically(images / "aa" / "bzImage", "old"));
  REQUIRE(write_file_atomically(images / "bb" / "bzImage", "new"));
  REQUIRE(write_file_atomically(images / "cc" / "meta", "no kernel"));
  fs::last_write_time(images / "aa" / "bzImage", fs::file_time_type::clock::now() - std::chrono::hours(1));
  CHECK(kernel_for_probing(lab, boot) == images / "bb" / "bzImage");
}

}  // namespace
}  // namespace rigbisect
