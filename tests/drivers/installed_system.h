#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/text.h"
#include "drivers/registry.h"
#include "os/file.h"
#include "os/process.h"
#include "tests/drivers/driver_test.h"
#include "tests/fakes/running_program.h"
#include "tests/fakes/scratch_directory.h"

namespace rigbisect {

// The tests of an installed system need root for its mount namespace, and somebody else's programs.
inline bool can_have_installed_system() {
  return ::geteuid() == 0 && has_program("dropbear") && has_program("ssh") && has_program("grub-editenv");
}

// The medium talks by ssh and has no use for the console.
class NoConsole : public ConsoleFeed {
 public:
  Result<ConsoleChunk> next(Deadline, std::stop_token) override { return refused(); }
  void discard() override {}
  Result<void> write(std::span<const char>, Deadline, std::stop_token) override { return refused(); }

 private:
  static Error refused() { return {Errc::internal, "nobody shall use the console"}; }
};

// An installed system: Debian's dropbear and GRUB's own tools in a mount namespace, with a /boot and a
// /proc/sysrq-trigger that are files of the test's, and more where a test puts it.
class InstalledSystem : public DriverWorld {
 public:
  explicit InstalledSystem(
      const std::string& grub_cfg = "if [ \"${next_entry}\" ] ; then ...\nsource custom.cfg\n") {
    for (const char* name : {"boot/grub", "proc", "root/.ssh"})
      std::filesystem::create_directories(path(name));
    std::filesystem::permissions(path("root"), std::filesystem::perms::owner_all);
    std::filesystem::permissions(path("root/.ssh"), std::filesystem::perms::owner_all);
    put("boot/grub/grub.cfg", grub_cfg);
    put("proc/sysrq-trigger", "");
    put("bzImage", std::string(3 << 20, 'k'));
    put("initramfs", std::string(70'000, 'i'));
    tool({"grub-editenv", path("boot/grub/grubenv"), "create"});
    tool({"grub-editenv", path("boot/grub/grubenv"), "set", "saved_entry=debian"});
    tool({"dropbearkey", "-t", "ed25519", "-f", path("host_key")});
    tool({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path("id")});
    put("root/.ssh/authorized_keys", *read_file(path("id.pub")));
    std::filesystem::permissions(path("root/.ssh/authorized_keys"),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    for (const std::string_view line : split(tool({"dropbearkey", "-y", "-f", path("host_key")}), '\n')) {
      if (line.starts_with("ssh-ed25519 "))
        put("known_hosts", "[127.0.0.1]:" + port() + " " + std::string(line) + "\n");
    }
  }

  void start() {
    const std::string script =
        "set -e; cd \"$0\"; for d in boot proc root sys run usr/sbin; do [ ! -d $d ] || mount --bind $d /$d; "
        "done; "
        "exec dropbear -F -E -s -r \"$0/host_key\" -p 127.0.0.1:" +
        port();
    server_.emplace(std::vector<std::string>{"unshare", "-m", "sh", "-c", script, scratch_.path().native()},
                    path("log"));
  }

  std::unique_ptr<BootMedium> medium(std::map<std::string, std::vector<std::string>> more = {}) {
    for (const auto& [name, value] :
         {std::pair("host", std::string("127.0.0.1")), std::pair("port", port()),
          std::pair("identity", path("id")), std::pair("known_hosts", path("known_hosts"))}) {
      more.emplace(name, std::vector{value});
    }
    auto made = make(installed_driver(), more);
    if (!made) FAIL(made.error().what);
    return std::move(*made);
  }

  NoConsole no_console;

  std::string path(const std::string& name) const { return (scratch_.path() / name).native(); }
  std::string port() const { return std::to_string(port_); }
  void put(const std::string& name, const std::string& text) {
    REQUIRE(write_file_atomically(path(name), text));
  }
  std::string grubenv() { return tool({"grub-editenv", path("boot/grub/grubenv"), "list"}); }
  std::string reset() const { return *read_file(path("proc/sysrq-trigger")); }
  BootIntent intent() const {
    return {path("bzImage"), path("initramfs"), "console=ttyS0,115200 panic=5", "run-1"};
  }
  std::string log() const { return *read_file(path("log")); }

 private:
  std::string tool(const std::vector<std::string>& argv) {
    const auto done = run_command({.argv = argv}, {}, clock);
    REQUIRE(done);
    REQUIRE_MESSAGE(done->ok(), done->output);
    return done->output;
  }

  ScratchDirectory scratch_;
  int port_ = free_port(SOCK_STREAM);
  std::optional<RunningProgram> server_;
};

}  // namespace rigbisect
