#include <doctest/doctest.h>

#include "base/text.h"
#include "drivers/boot/boot_image.h"
#include "drivers/boot/raw_medium.h"
#include "drivers/registry.h"
#include "os/file.h"
#include "os/process.h"
#include "tests/drivers/driver_test.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const auto skipped = doctest::skip(!find_program("grub-mkimage") || !find_program("mformat") ||
                                   !fs::exists("/usr/lib/grub/i386-pc"));

struct Rig : DriverWorld {
  Rig() {
    REQUIRE(write_file_atomically(intent.kernel, std::string(3 << 20, 'k')).ok());
    REQUIRE(write_file_atomically(intent.initramfs, std::string(70'000, 'i')).ok());
  }

  std::unique_ptr<BootMedium> medium(std::map<std::string, std::vector<std::string>> given = {}) {
    given.emplace("device", std::vector{device.native()});
    auto made = make(flash_driver(), given);
    if (!made) FAIL(made.error().what);
    return std::move(*made);
  }

  // A file out of the image's partition.
  std::string content(const std::string& name) {
    const Command command{.argv = {"mtype", "-i", device.native() + "@@1M", "::" + name},
                          .environment = {{{"PATH", "/usr/bin"}, {"MTOOLS_SKIP_CHECK", "1"}}}};
    const auto done = run_command(command, {.max_output = 8 << 20}, clock);
    REQUIRE(done.ok());
    return done->output;
  }

  ScratchDirectory scratch;
  fs::path device = scratch.path() / "disk.img";
  BootIntent intent{scratch.path() / "bzImage", scratch.path() / "initrd",
                    "console=ttyS1,57600n8 panic=5 a=$b;{c}", "run-1"};
};

}  // namespace

TEST_CASE("an armed medium holds the kernel, the initramfs and the command line" * skipped) {
  Rig rig;
  const auto medium = rig.medium();
  const auto armed = medium->arm(rig.intent, rig.in(60s), {});
  if (!armed) FAIL(armed.error().what);
  CHECK(rig.content("boot/kernel") == std::string(3 << 20, 'k'));
  CHECK(rig.content("boot/initrd") == std::string(70'000, 'i'));
  CHECK(rig.content("grub/grub.cfg") ==
        "serial --unit=1 --speed=57600\n"
        "terminal_output console serial\n"
        "echo 'rigbisect: run run-1'\n"
        "linux /boot/kernel 'console=ttyS1,57600n8' 'panic=5' 'a=$b;{c}'\n"
        "initrd /boot/initrd\n"
        "boot\n"
        "echo 'rigbisect: GRUB could not start the kernel'\n");
  const std::string start = read_file(rig.device)->substr(0, 1024);
  CHECK(start.substr(510, 2) == "\x55\xaa");
  CHECK(start.substr(440, 4) == kOurDiskSignature);
  CHECK(medium->timeline().empty());
}

TEST_CASE("arming again replaces all, and disarming leaves nothing to boot" * skipped) {
  Rig rig;
  const auto medium = rig.medium();
  CHECK(medium->disarm().ok());  // nothing is armed
  REQUIRE(medium->arm(rig.intent, rig.in(60s), {}).ok());
  rig.intent.command_line = "second";
  REQUIRE(medium->arm(rig.intent, rig.in(60s), {}).ok());
  CHECK(rig.content("grub/grub.cfg").find("linux /boot/kernel 'second'\n") != std::string::npos);
  REQUIRE(medium->disarm().ok());
  CHECK(read_file(rig.device)->substr(510, 2) == std::string(2, '\0'));
  CHECK(medium->arm(rig.intent, rig.in(60s), {}).ok());  // still ours
}

TEST_CASE("foreign data are not overwritten unless told to" * skipped) {
  Rig rig;
  REQUIRE(write_file_atomically(rig.device, "someone's photos").ok());
  const auto armed = rig.medium()->arm(rig.intent, rig.in(60s), {});
  REQUIRE_FALSE(armed.ok());
  CHECK(armed.error().code == Errc::denied);
  CHECK(*read_file(rig.device) == "someone's photos");
  CHECK(rig.medium({{"overwrite", {"true"}}})->arm(rig.intent, rig.in(60s), {}).ok());
}

TEST_CASE("a command line that GRUB would change is refused before anything is written" * skipped) {
  Rig rig;
  for (const std::string& line : std::vector<std::string>{"dyndbg=\"file x +p\"", "a='b'", "a\\b",
                                                          "line\nfeed", "ümlaut", std::string(2048, 'x')}) {
    CAPTURE(line);
    rig.intent.command_line = line;
    const auto armed = rig.medium()->arm(rig.intent, rig.in(60s), {});
    REQUIRE_FALSE(armed.ok());
    CHECK(armed.error().code == Errc::invalid);
  }
  CHECK_FALSE(fs::exists(rig.device));
}

TEST_CASE("a multiplexer is switched to us and back, also after a failure" * skipped) {
  Rig rig;
  const fs::path log = rig.scratch.path() / "log";
  const auto append = [&](const std::string& word) {
    return std::vector<std::string>{"sh", "-c", "echo " + word + " >> \"$0\"", log};
  };
  const auto medium = rig.medium({{"to_host", append("host")}, {"to_board", append("board")}});
  CHECK(medium->arm(rig.intent, rig.in(60s), {}).ok());
  REQUIRE(write_file_atomically(rig.device, "foreign").ok());
  CHECK_FALSE(medium->arm(rig.intent, rig.in(60s), {}).ok());
  CHECK(*read_file(log) == "host\nboard\nhost\nboard\n");
  CHECK(rig.make(flash_driver(), {{"device", {"/dev/x"}}, {"to_host", {"true"}}}).error().code ==
        Errc::invalid);
  const auto broken = rig.medium({{"to_host", {"false"}}, {"to_board", {"true"}}});
  CHECK(broken->arm(rig.intent, rig.in(60s), {}).error().what ==
        "switching the medium: 'false' ended with exit status 1: ");
}

TEST_CASE("a missing medium, directory and kernel are named" * skipped) {
  Rig rig;
  rig.device = "/dev/disk/by-id/usb-none";
  CHECK(
      rig.medium()->arm(rig.intent, rig.in(60s), {}).error() ==
      Error{
          Errc::not_found,
          "/dev/disk/by-id/usb-none does not exist: is the medium plugged in and switched to this machine?"});
  rig.device = "/dev/null";
  CHECK(rig.medium()->arm(rig.intent, rig.in(60s), {}).error().code == Errc::invalid);
  rig.intent.kernel = "/none/bzImage";
  CHECK(rig.medium()->arm(rig.intent, rig.in(60s), {}).error().what ==
        "boot image: cannot read /none/bzImage: No such file or directory");
}

TEST_CASE("a stop and a deadline end the writing between two chunks") {
  DriverWorld world;
  const ScratchDirectory scratch;
  const fs::path image = scratch.path() / "image";
  REQUIRE(write_file_atomically(image, std::string(3 << 20, 'x')).ok());
  auto medium = RawMedium::open(scratch.path() / "disk");
  REQUIRE(medium.ok());
  std::stop_source source;
  source.request_stop();
  CHECK(medium->write_verified(image, world.clock, world.in(10s), source.get_token()).error().code ==
        Errc::cancelled);
  CHECK(medium->write_verified(image, world.clock, world.in(0s), {}).error().code == Errc::timeout);
  CHECK(medium->write_verified(image, world.clock, world.in(10s), {}).ok());
  CHECK(*read_file(scratch.path() / "disk") == *read_file(image));
  CHECK(RawMedium::open(scratch.path() / "disk").error().code == Errc::busy);
}

TEST_CASE("a block device that this machine uses is refused") {
  RealClock clock;
  const ScratchDirectory scratch;
  const fs::path image = scratch.path() / "image";
  REQUIRE(write_file_atomically(image, "").ok());
  fs::resize_file(image, 64 << 20);
  const auto run = [&](std::vector<std::string> argv) {
    return run_command({.argv = std::move(argv)}, {}, clock);
  };
  const auto loop = run({"losetup", "--show", "-f", image});
  const bool usable =
      loop && loop->ok() && run({"mkfs.ext4", "-q", image}) && run({"mkdir", scratch.path() / "mnt"});
  if (!usable) {
    MESSAGE("skipped: no loop devices here (needs root)");
    return;
  }
  const std::string device(trim(loop->output));
  const auto mounted = run({"mount", device, scratch.path() / "mnt"});
  const auto refused = RawMedium::open(device);
  if (mounted && mounted->ok()) {
    CHECK(run({"umount", scratch.path() / "mnt"})->ok());
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Errc::busy);
    CHECK(refused.error().what.find(device + " is mounted on " + (scratch.path() / "mnt").native()) !=
          std::string::npos);
    const auto free = RawMedium::open(device);
    CHECK(free.ok());
    CHECK_FALSE(*free->may_overwrite(kOurDiskSignature));
  } else {
    MESSAGE("skipped: cannot mount here");
  }
  CHECK(run({"losetup", "-d", device})->ok());
}
