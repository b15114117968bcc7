#include "run/run_watcher.h"
#include "tests/drivers/installed_system.h"
#include "tests/drivers/qemu_machine.h"

// The `installed` driver with `method: kexec` at a real system in QEMU: Debian's kernel, dropbear and kexec
// (make-kexec-machine). It starts the kernel of RIGBISECT_TEST_KERNEL while it still talks on the console.
using namespace rigbisect;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
  return found;
}

}  // namespace

TEST_CASE("a running system starts the kernel by kexec, and what it says meanwhile is not the kernel's") {
  const std::string kernel = from_environment("RIGBISECT_TEST_KERNEL");
  const std::string installed = KEXEC_MACHINE;
  if (kernel.empty() || !fs::exists(installed + "/initrd") || !can_have_installed_system() ||
      !has_program("qemu-system-x86_64")) {
    MESSAGE("left out: it needs root, dropbear, QEMU, what make-kexec-machine makes in "
            << installed << ", and RIGBISECT_TEST_KERNEL, the path of a bzImage");
    return;
  }
  InstalledSystem system;
  const auto shell = [&](const std::string& script, const std::vector<std::string>& arguments) {
    std::vector<std::string> argv{"sh", "-c", script};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const auto done = run_command({.argv = argv}, {}, system.clock);
    REQUIRE(done);
    REQUIRE_MESSAGE(done->ok(), done->output);
  };
  fs::copy_file(kernel, system.path("bzImage"), fs::copy_options::overwrite_existing);
  // Its keys are of this test: one archive more, which the kernel unpacks after the other.
  shell(
      "cd \"$0\" && { cat \"$1\"; printf 'host_key\\nroot/.ssh/authorized_keys\\n' | cpio --quiet -o -H newc "
      "| "
      "gzip -1; } >initrd",
      {system.path(""), installed + "/initrd"});

  const auto medium = system.medium({{"method", {"kexec"}}});
  REQUIRE(medium->arm(system.intent(), system.in(5s), {}));
  QemuMachine machine(system, system.path(""),
                      {"-kernel", installed + "/vmlinuz", "-initrd", system.path("initrd"), "-append",
                       "console=ttyS0,115200", "-device", "virtio-net-pci,netdev=n0", "-netdev",
                       "user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:" + system.port() + "-:22"});
  const auto handed = medium->handover()->hand_over(machine.console(), system.in(150s), {});
  REQUIRE_MESSAGE(handed.ok(), handed.error().what << "\n" << machine.log());
  machine.console().discard();

  RunWatcher watcher({}, true, {}, system.clock.now(), Predecessor::another_system);
  std::string before;
  std::string since;
  for (const Deadline deadline = system.in(90s);
       system.clock.now() < deadline && since.find("panic=5") == std::string::npos;) {
    const auto chunk = machine.console().next(deadline, {});
    if (!chunk) continue;
    watcher.feed(chunk->bytes, chunk->at);
    (watcher.stage() < Stage::kernel ? before : since) += chunk->bytes;
  }
  CHECK_MESSAGE(before.find("sysrq: Emergency") != std::string::npos, before);
  CHECK(count(before, "Linux version") + count(since, "Linux version") == 1);
  CHECK_MESSAGE(since.find("console=ttyS0,115200 panic=5") != std::string::npos, machine.log());
  CHECK(watcher.stage() == Stage::kernel);
}
