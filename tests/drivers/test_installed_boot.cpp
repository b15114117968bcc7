#include "tests/drivers/installed_system.h"

// What the `installed` driver leaves in /boot, booted by real GRUB on SeaBIOS in QEMU: the entry at the next
// boot, and the known-good default at every one after that, with power cut in between.
using namespace rigbisect;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// What grub-mkconfig 2.06 writes for GRUB_DEFAULT=saved (/etc/grub.d/00_header, 41_custom), for a serial
// line.
constexpr const char* kGrubCfg = R"(serial --unit=0 --speed=115200
terminal_output serial
if [ -s $prefix/grubenv ]; then
  set have_grubenv=true
  load_env
fi
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="${saved_entry}"
fi
set timeout=0
menuentry 'debian' --id debian {
  echo 'KNOWN GOOD'
  sleep 3600
}
if [ -f  $prefix/custom.cfg ]; then
  source $prefix/custom.cfg
fi
)";

class Machine {
 public:
  Machine(InstalledSystem& system, const std::string& kernel) : system_(system) {
    system_.put("boot/grub/grub.cfg", kGrubCfg);
    run({"cp", kernel, system_.path("bzImage")});
  }

  // The directory /boot as the first partition of a disk with GRUB in front.
  void install() {
    const std::string image = disk();
    const std::string part = image + "@@1M";
    run({"truncate", "-s", "64M", image});
    run({"sh", "-c", "echo '2048,,0xe,*' | sfdisk -q \"$0\"", image});
    run({"mformat", "-i", part, "-v", "BOOT", "-T", "129024", "-h", "255", "-s", "63", "::"});
    for (const char* name : {"grub", "rigbisect"})
      run({"mcopy", "-s", "-i", part, system_.path(std::string("boot/") + name), "::"});
    system_.put("early.cfg",
                "set root=hd0,msdos1\nset prefix=(hd0,msdos1)/grub\nconfigfile $prefix/grub.cfg\n");
    run({"grub-mkimage",
         "-O",
         "i386-pc",
         "-o",
         system_.path("core.img"),
         "-c",
         system_.path("early.cfg"),
         "-p",
         "/grub",
         "biosdisk",
         "part_msdos",
         "fat",
         "normal",
         "configfile",
         "loadenv",
         "linux",
         "echo",
         "serial",
         "terminal",
         "test",
         "sleep",
         "search",
         "search_fs_uuid",
         "halt"});
    run({"sh", "-c",
         "dd if=/usr/lib/grub/i386-pc/boot.img of=\"$0\" bs=446 count=1 conv=notrunc status=none && dd "
         "if=\"$1\" of=\"$0\" bs=512 seek=1 conv=notrunc status=none",
         image, system_.path("core.img")});
  }

  // Switches on until the console has said `words`, then cuts the power. What it said.
  std::string boot_until(const std::string& words) {
    fs::remove(system_.path("uart"));
    const RunningProgram qemu(
        {"qemu-system-x86_64", "-accel", "tcg", "-m", "256", "-nodefaults", "-display", "none", "-no-reboot",
         "-drive", "format=raw,file=" + disk() + ",cache=writethrough", "-serial",
         "file:" + system_.path("uart")},
        system_.path("qemu.log"));
    const Deadline deadline = system_.in(90s);
    std::string said;
    while (said.find(words) == std::string::npos && system_.clock.now() < deadline && qemu.runs()) {
      system_.clock.sleep_until(system_.in(100ms), {});
      said = read_file(system_.path("uart")).ok() ? *read_file(system_.path("uart")) : "";
    }
    return said;
  }

 private:
  std::string disk() const { return system_.path("disk.img"); }
  void run(const std::vector<std::string>& argv) {
    const auto done = run_command({.argv = argv}, {}, system_.clock);
    REQUIRE(done);
    REQUIRE_MESSAGE(done->ok(), argv[0] << ": " << done->output);
  }

  InstalledSystem& system_;
};

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("GRUB boots the kernel once, and after a power cut the known-good system") {
  const char* kernel = std::getenv("RIGBISECT_TEST_KERNEL");
  if (kernel == nullptr || *kernel == '\0' || !can_have_installed_system() ||
      !has_program("qemu-system-x86_64")) {
    MESSAGE("left out: it needs root, dropbear, QEMU and RIGBISECT_TEST_KERNEL, the path of a bzImage");
    return;
  }
  InstalledSystem system;
  Machine machine(system, kernel);
  system.start();
  const auto medium = system.medium();
  REQUIRE(medium->arm(system.intent(), system.in(5s), {}));
  const auto handed = medium->handover()->hand_over(system.no_console, system.in(60s), {});
  REQUIRE_MESSAGE(handed.ok(), handed.error().what << "\n" << system.log());
  // The namespace's /boot is a directory of the test's; here it becomes the root of a partition of its own.
  std::string entry = *read_file(system.path("boot/grub/custom.cfg"));
  for (const std::string& above : {system.path("boot"), std::string("/boot")}) {
    for (std::size_t at = 0; (at = entry.find(above + "/rigbisect")) != std::string::npos;)
      entry.erase(at, above.size());
  }
  system.put("boot/grub/custom.cfg", entry);
  machine.install();

  const std::string first = machine.boot_until("Linux version");
  CHECK_MESSAGE(says(first, "Linux version"), first);
  CHECK_FALSE(says(first, "KNOWN GOOD"));
  for (int boots = 0; boots < 2; ++boots) {
    const std::string next = machine.boot_until("KNOWN GOOD");
    CHECK_MESSAGE(says(next, "KNOWN GOOD"), next);
    CHECK_FALSE(says(next, "Linux version"));
  }
}
