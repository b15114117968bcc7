#include <cstdlib>
#include <optional>

#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "os/file.h"
#include "os/process.h"
#include "tests/drivers/qemu_machine.h"
#include "tests/fakes/scratch_directory.h"

// The `prompt` driver at the prompts of real loaders on SeaBIOS in QEMU: GRUB on a disk, which loads from
// another disk, and the iPXE of a network card, which loads by TFTP. QEMU serves both from the directory.
using namespace rigbisect;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr const char* kGrubCfg =
    "serial --unit=0 --speed=115200\nterminal_input serial\nterminal_output serial\nset timeout=10\n"
    "menuentry 'debian' { echo 'KNOWN GOOD'; sleep 3600; }\n";

const char* kernel_to_boot() {
  const char* kernel = std::getenv("RIGBISECT_TEST_KERNEL");
  return kernel == nullptr || *kernel == '\0' || !has_program("qemu-system-x86_64") ? nullptr : kernel;
}
const auto skipped = doctest::skip(kernel_to_boot() == nullptr);

class Machine : public DriverWorld {
 public:
  Machine() {
    fs::create_directories(path("srv"));
    REQUIRE(write_file_atomically(path("initramfs"), std::string(70'000, 'i')));
  }

  // A disk with GRUB in front, whose menu is in its image.
  void install_grub(const std::string& menu_style) {
    REQUIRE(write_file_atomically(path("grub.cfg"), kGrubCfg + menu_style));
    REQUIRE(write_file_atomically(path("early.cfg"), "normal (memdisk)/grub.cfg\n"));
    run({"tar", "-C", scratch_.path().native(), "-cf", path("menu.tar"), "grub.cfg"});
    run({"grub-mkimage",
         "-O",
         "i386-pc",
         "-o",
         path("core.img"),
         "-c",
         path("early.cfg"),
         "-m",
         path("menu.tar"),
         "-p",
         "/grub",
         "biosdisk",
         "part_msdos",
         "fat",
         "normal",
         "linux",
         "echo",
         "serial",
         "terminal",
         "test",
         "sleep",
         "memdisk",
         "tar",
         "configfile"});
    run({"truncate", "-s", "4M", path("disk.img")});
    run({"sh", "-c",
         "dd if=/usr/lib/grub/i386-pc/boot.img of=\"$0\" conv=notrunc status=none && "
         "dd if=\"$1\" of=\"$0\" bs=512 seek=1 conv=notrunc status=none",
         path("disk.img"), path("core.img")});
  }

  std::unique_ptr<BootMedium> medium(std::map<std::string, std::vector<std::string>> options) {
    options.emplace("root", std::vector{path("srv")});
    auto made = make(prompt_driver(), options);
    REQUIRE_MESSAGE(made.ok(), made.error().what);
    return std::move(*made);
  }

  // Armed, switched on with these devices, handed over: what the console says from there to `words`.
  std::string boot(BootMedium& medium, const std::vector<std::string>& devices, const std::string& words) {
    const auto armed = medium.arm(
        {kernel_to_boot(), path("initramfs"), "console=ttyS0,115200 panic=5", "run-1"}, in(30s), {});
    REQUIRE_MESSAGE(armed.ok(), armed.error().what);
    QemuMachine machine(*this, scratch_.path().native(), devices);
    const auto handed = medium.handover()->hand_over(machine.console(), in(150s), {});
    REQUIRE_MESSAGE(handed.ok(), handed.error().what << "\n" << machine.log());
    return machine.read_until(words);
  }

  std::string path(const std::string& name) const { return (scratch_.path() / name).native(); }
  // The directory as a disk, of which QEMU writes nothing back.
  std::string shared_disk() const {
    return "format=raw,file=fat:" + path("srv") + ",if=none,id=shared,readonly=on";
  }

 private:
  void run(const std::vector<std::string>& argv) {
    const auto done = run_command({.argv = argv}, {}, clock);
    REQUIRE(done);
    REQUIRE_MESSAGE(done->ok(), argv[0] << ": " << done->output);
  }

  ScratchDirectory scratch_;
};

bool booted_ours(const std::string& said) {
  return said.find("Linux version") != std::string::npos &&
         said.find("console=ttyS0,115200 panic=5") != std::string::npos &&
         said.find("KNOWN GOOD") == std::string::npos;
}

}  // namespace

TEST_CASE_FIXTURE(Machine, "real GRUB is stopped at its menu and boots the kernel" * skipped) {
  std::map<std::string, std::vector<std::string>> options{{"loader", {"grub"}}, {"from", {"(hd1,msdos1)"}}};
  SUBCASE("menu") {
    install_grub("");
  }
  SUBCASE("hidden menu") {
    install_grub("set timeout_style=hidden\n");
    options.emplace("banner", std::vector<std::string>{"Welcome to GRUB"});
  }
  const auto prompt = medium(options);
  const std::string said = boot(*prompt,
                                {"-drive", "format=raw,file=" + path("disk.img"), "-device",
                                 "virtio-blk-pci,drive=shared", "-drive", shared_disk()},
                                "panic=5");
  CHECK_MESSAGE(booted_ours(said), said);
}

TEST_CASE_FIXTURE(Machine, "real iPXE is stopped by Ctrl-B and boots the kernel" * skipped) {
  const auto prompt = medium({{"loader", {"ipxe"}}, {"from", {"tftp://10.0.2.2"}}});
  const std::string said =
      boot(*prompt,
           {"-device", "virtio-net-pci,netdev=n0,bootindex=1", "-netdev", "user,id=n0,tftp=" + path("srv")},
           "panic=5");
  CHECK_MESSAGE(booted_ours(said), said);
}
