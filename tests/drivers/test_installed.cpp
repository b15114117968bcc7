#include "tests/drivers/installed_system.h"

using namespace rigbisect;
using namespace std::chrono_literals;
using System = InstalledSystem;
namespace fs = std::filesystem;

namespace {

const auto skipped = doctest::skip(!can_have_installed_system());

}  // namespace

TEST_CASE("an installed system boots the kernel at its next boot, and at that one only" * skipped) {
  System system;
  system.start();
  const auto medium = system.medium();
  REQUIRE(medium->arm(system.intent(), system.in(5s), {}));
  CHECK(system.grubenv() == "saved_entry=debian\n");  // nothing happens before power-on
  REQUIRE(medium->handover() != nullptr);
  const auto handed = medium->handover()->hand_over(system.no_console, system.in(60s), {});
  REQUIRE_MESSAGE(handed.ok(), handed.error().what << "\n" << system.log());
  CHECK(*read_file(system.path("boot/rigbisect/kernel")) == std::string(3 << 20, 'k'));
  CHECK(*read_file(system.path("boot/rigbisect/initrd")) == std::string(70'000, 'i'));
  CHECK(system.grubenv() == "saved_entry=debian\nnext_entry=rigbisect\n");
  const std::string entry = *read_file(system.path("boot/grub/custom.cfg"));
  CHECK(entry.find("menuentry 'rigbisect' --id rigbisect {\n") != std::string::npos);
  CHECK(entry.find("/rigbisect/kernel' 'console=ttyS0,115200' 'panic=5'\n") != std::string::npos);
  CHECK(system.reset() == "b\n");  // the last of s, u, b, each of which replaces the file's text
  if (has_program("grub-script-check")) {
    CHECK(run_command({.argv = {"grub-script-check", system.path("boot/grub/custom.cfg")}}, {}, system.clock)
              ->ok());
  }
}

TEST_CASE("a system whose GRUB would not look at the entry is left alone" * skipped) {
  System system("set default=0\n");
  system.start();
  const auto medium = system.medium();
  REQUIRE(medium->arm(system.intent(), system.in(5s), {}));
  const auto handed = medium->handover()->hand_over(system.no_console, system.in(30s), {});
  REQUIRE_FALSE(handed);
  CHECK(handed.error().what.find("does not look at next_entry and custom.cfg: run update-grub") !=
        std::string::npos);
  CHECK(system.grubenv() == "saved_entry=debian\n");
  CHECK(system.reset().empty());
}

TEST_CASE("entries of somebody else in custom.cfg are not overwritten" * skipped) {
  System system;
  system.put("boot/grub/custom.cfg", "menuentry 'mine' {}\n");
  system.start();
  const auto medium = system.medium();
  REQUIRE(medium->arm(system.intent(), system.in(5s), {}));
  const auto handed = medium->handover()->hand_over(system.no_console, system.in(30s), {});
  REQUIRE_FALSE(handed);
  CHECK(handed.error().what.find("entries of somebody else") != std::string::npos);
  CHECK(*read_file(system.path("boot/grub/custom.cfg")) == "menuentry 'mine' {}\n");
}

TEST_CASE("a default entry that is not known-good is refused, and the entry taken back" * skipped) {
  System system;
  REQUIRE(run_command(
              {.argv = {"grub-editenv", system.path("boot/grub/grubenv"), "set", "saved_entry=rigbisect"}},
              {}, system.clock)
              ->ok());
  system.start();
  const auto medium = system.medium();
  REQUIRE(medium->arm(system.intent(), system.in(5s), {}));
  const auto handed = medium->handover()->hand_over(system.no_console, system.in(30s), {});
  REQUIRE_FALSE(handed);
  CHECK(handed.error().what.find("set a known-good one with grub-set-default") != std::string::npos);
  CHECK(system.grubenv() == "saved_entry=rigbisect\n");
  CHECK(system.reset().empty());
}

TEST_CASE("a system that does not come up, a wrong host key and a wrong key are told apart" * skipped) {
  System system;
  const auto medium = system.medium();
  REQUIRE(medium->arm(system.intent(), system.in(5s), {}));
  const auto down = medium->handover()->hand_over(system.no_console, system.in(2s), {});
  REQUIRE_FALSE(down);
  CHECK(down.error().code == Errc::timeout);
  CHECK(down.error().what.find("no ssh for ") == 0);
  system.start();
  SUBCASE("host key") {
    system.put("known_hosts",
               "[127.0.0.1]:" + system.port() +
                   " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n");
    const auto refused = medium->handover()->hand_over(system.no_console, system.in(30s), {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what.find("its host key is not the known one") != std::string::npos);
  }
  SUBCASE("key") {
    system.put("root/.ssh/authorized_keys", "");
    const auto refused = medium->handover()->hand_over(system.no_console, system.in(30s), {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what.find("refuses our key") != std::string::npos);
  }
}

TEST_CASE("what GRUB cannot pass to a kernel is refused before power-on" * skipped) {
  System system;
  const auto medium = system.medium();
  BootIntent intent = system.intent();
  intent.command_line = "a='b'";
  CHECK(medium->arm(intent, system.in(5s), {}).error().code == Errc::invalid);
}

namespace {

// The kexec program, and what the kernel says of it, are files of the test's: a real one would end this
// machine.
struct KexecSystem : System {
  KexecSystem() {
    for (const char* name : {"run", "sys/kernel/security", "proc/sys/kernel", "usr/sbin"})
      fs::create_directories(path(name));
    fs::copy_file("/usr/sbin/dropbear", path("usr/sbin/dropbear"));
    put("usr/sbin/kexec",
        "#!/bin/sh\nprintf '%s\\n' \"$@\" >>/root/kexec.log\n"
        "case $1 in -l) echo 1 >/sys/kernel/kexec_loaded ;; -e) : >/root/jumped ;; esac\n");
    fs::permissions(path("usr/sbin/kexec"), fs::perms::owner_all);
    put("sys/kernel/kexec_loaded", "0\n");
    put("sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
    put("proc/sys/kernel/kexec_load_disabled", "0\n");
  }
  Result<void> jump(const std::string& command_line = "console=ttyS0,115200 dyndbg='file a.c +p'") {
    start();
    const auto kexec = medium({{"method", {"kexec"}}});
    BootIntent wanted = intent();
    wanted.command_line = command_line;
    if (auto armed = kexec->arm(wanted, in(5s), {}); !armed) return armed;
    return kexec->handover()->hand_over(no_console, in(60s), {});
  }
  std::string said() const {
    return fs::exists(path("root/kexec.log")) ? *read_file(path("root/kexec.log")) : "";
  }
};

}  // namespace

TEST_CASE_FIXTURE(KexecSystem, "an installed system starts the kernel by kexec" * skipped) {
  const auto jumped = jump();
  REQUIRE_MESSAGE(jumped.ok(), jumped.error().what << "\n" << log());
  const Deadline deadline = in(20s);
  while (!fs::exists(path("root/jumped")) && clock.now() < deadline) clock.sleep_until(in(50ms), {});
  CHECK(said() ==
        "-l\n/run/rigbisect/kernel\n--initrd=/run/rigbisect/initrd\n"
        "--command-line=console=ttyS0,115200 dyndbg='file a.c +p'\n-e\n");
  CHECK(*read_file(path("run/rigbisect/kernel")) == std::string(3 << 20, 'k'));
  CHECK(*read_file(path("run/rigbisect/initrd")) == std::string(70'000, 'i'));
  CHECK(reset() == "u\n");  // disks are left clean
  CHECK(grubenv() == "saved_entry=debian\n");
}

TEST_CASE_FIXTURE(KexecSystem, "what keeps a system from kexec is told, and nothing is copied" * skipped) {
  std::string why;
  SUBCASE("no program") {
    fs::remove(path("usr/sbin/kexec"));
    why = "it has no kexec: install kexec-tools there";
  }
  SUBCASE("no support") {
    fs::remove(path("sys/kernel/kexec_loaded"));
    why = "its kernel cannot kexec (CONFIG_KEXEC)";
  }
  SUBCASE("lockdown") {
    put("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    why = "its kernel is locked down (Secure Boot), which forbids kexec";
  }
  SUBCASE("switched off") {
    put("proc/sys/kernel/kexec_load_disabled", "1\n");
    why = "kexec is forbidden until its next boot (sysctl kernel.kexec_load_disabled)";
  }
  const auto jumped = jump();
  REQUIRE_FALSE(jumped);
  CHECK_MESSAGE(jumped.error().what.find(why) != std::string::npos, jumped.error().what);
  CHECK_FALSE(fs::exists(path("run/rigbisect")));
}

TEST_CASE_FIXTURE(KexecSystem, "a kexec that fails, or loads nothing, is a fault that quotes it" * skipped) {
  std::string program, why;
  SUBCASE("fails") {
    program = "#!/bin/sh\necho 'kexec_load failed: Operation not permitted'; exit 255\n";
    why = "kexec_load failed: Operation not permitted";
  }
  SUBCASE("does nothing") {
    program = "#!/bin/sh\nexit 0\n";
    why = "no kernel is loaded";
  }
  put("usr/sbin/kexec", program);
  fs::permissions(path("usr/sbin/kexec"), fs::perms::owner_all);
  const auto jumped = jump();
  REQUIRE_FALSE(jumped);
  CHECK_MESSAGE(jumped.error().what.find(why) != std::string::npos, jumped.error().what);
}
