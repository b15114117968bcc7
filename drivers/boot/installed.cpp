#include <algorithm>

#include "base/text.h"
#include "drivers/boot/loader_script.h"
#include "drivers/boot/ssh_host.h"
#include "drivers/registry.h"
#include "os/file.h"
#include "os/process.h"

namespace rigbisect {
namespace {

constexpr std::uintmax_t kLargestFile = 512U << 20;
constexpr Duration kHashTime = std::chrono::minutes(1);
constexpr Duration kResetTime = std::chrono::seconds(3);  // the reset comes a second after the command
constexpr std::string_view kOurs = "# made by rigbisect";

// GRUB looks at custom.cfg and next_entry in every grub.cfg that grub-mkconfig wrote; next_entry is cleared
// by GRUB before it boots the entry, so whatever happens then, the next boot is the default again. What $1..
// would be is constant; all that varies comes by standard input.
constexpr const char* kCheckGrub =
    "set -eu; cfg=/boot/grub/grub.cfg; "
    "grep -q next_entry $cfg && grep -q custom.cfg $cfg || { echo \"$cfg does not look at next_entry and "
    "custom.cfg: "
    "run update-grub\"; exit 1; }; "
    "if [ -e /boot/grub/custom.cfg ] && ! grep -q '^# made by rigbisect' /boot/grub/custom.cfg; then "
    "echo '/boot/grub/custom.cfg holds entries of somebody else: move them to /etc/grub.d/40_custom'; exit "
    "1; fi; "
    "mkdir -p /boot/rigbisect; "
    "grub-mkrelpath /boot/rigbisect; grub-probe --target=fs_uuid /boot 2>/dev/null || true";
constexpr const char* kArmGrub =
    "set -eu; cat >/boot/grub/custom.cfg.new; mv /boot/grub/custom.cfg.new /boot/grub/custom.cfg; sync; "
    "grub-editenv /boot/grub/grubenv set next_entry=rigbisect; sync; grub-editenv /boot/grub/grubenv list";
constexpr const char* kDisarmGrub =
    "grub-editenv /boot/grub/grubenv unset next_entry; sync; grub-editenv /boot/grub/grubenv list";
// At once and from outside of the session, for an orderly shutdown would talk on the console for long.
constexpr const char* kReset =
    "sync; (trap '' HUP; sleep 1; echo s >/proc/sysrq-trigger; echo u >/proc/sysrq-trigger; "
    "echo b >/proc/sysrq-trigger) >/dev/null 2>&1 </dev/null &";
// Everything that keeps a kernel from being started so, in words for a person; kexec(8) says "Operation not
// permitted" to all of it.
constexpr const char* kCheckKexec =
    "set -eu; no() { echo \"$1\"; exit 1; }; "
    "command -v kexec >/dev/null || no 'it has no kexec: install kexec-tools there'; "
    "[ -e /sys/kernel/kexec_loaded ] || no 'its kernel cannot kexec (CONFIG_KEXEC)'; "
    "if [ -e /sys/kernel/security/lockdown ]; then grep -q '\\[none\\]' /sys/kernel/security/lockdown || "
    "no 'its kernel is locked down (Secure Boot), which forbids kexec'; fi; "
    "if grep -qs '[^0]' /proc/sys/kernel/kexec_load_disabled; then "
    "no 'kexec is forbidden until its next boot (sysctl kernel.kexec_load_disabled)'; fi; "
    "mkdir -p /run/rigbisect";
constexpr const char* kLoadKexec =
    "set -eu; line=$(cat); kexec -l /run/rigbisect/kernel --initrd=/run/rigbisect/initrd "
    "--command-line=\"$line\" || exit 1; cat /sys/kernel/kexec_loaded";
// Its disks are written and left clean, as before a reset.
constexpr const char* kJump =
    "sync; (trap '' HUP; sleep 1; echo s >/proc/sysrq-trigger; echo u >/proc/sysrq-trigger; kexec -e) "
    ">/dev/null 2>&1 </dev/null &";

class InstalledSystem : public BootMedium, public BootHandover {
 public:
  InstalledSystem(SshHost host, bool kexec, Clock& clock)
      : host_(std::move(host)), kexec_(kexec), clock_(clock) {}

  Result<void> arm(const BootIntent& intent, Deadline, std::stop_token) override {
    if (auto passes = passes_on(intent); !passes) return passes;
    intent_ = intent;
    reached_ = "it did not answer";
    return {};
  }

  Result<void> disarm() override {
    intent_.reset();
    return {};
  }

  std::vector<BootStage> timeline() const override { return {}; }
  std::string diagnose() const override { return host_.name() + ": " + reached_; }
  BootHandover* handover() override { return this; }

  Result<void> hand_over(ConsoleFeed&, Deadline deadline, std::stop_token stop) override {
    if (!intent_) return Error{Errc::internal, "nothing is armed"};
    if (auto up = host_.wait_for(deadline, stop); !up) return up;
    reached_ = "the installed system is up";
    return kexec_ ? jump(deadline, stop) : reboot_once(deadline, stop);
  }

 private:
  Result<void> passes_on(const BootIntent& intent) const {
    if (!kexec_) {
      const auto entry = grub_entry(intent, "", "/");
      return entry ? Result<void>() : entry.error();
    }
    const std::string& line = intent.command_line;
    if (printable(line) == line) return {};
    return Error{Errc::invalid, "a kernel command line has no control characters: '" + printable(line) + "'"};
  }

  Result<void> jump(Deadline deadline, const std::stop_token& stop) {
    if (auto can = host_.run(kCheckKexec, "", deadline, stop); !can) return can.error();
    if (auto put = put_files("/run/rigbisect", deadline, stop); !put) return put;
    const auto loaded = host_.run(kLoadKexec, intent_->command_line, deadline, stop);
    if (!loaded) return loaded.error().within("kexec");
    if (!trim(*loaded).ends_with('1'))
      return Error{Errc::protocol, host_.name() + ": kexec did not fail, and no kernel is loaded"};
    if (auto jumped = host_.run(kJump, "", deadline, stop); !jumped) return jumped.error();
    reached_ = "it was told to start the kernel by kexec";
    return {};
  }

  Result<void> reboot_once(Deadline deadline, const std::stop_token& stop) {
    const auto place = host_.run(kCheckGrub, "", deadline, stop);
    if (!place) return place.error();
    if (auto put = put_files("/boot/rigbisect", deadline, stop); !put) return put;
    const auto words = split(*place, '\n');
    const auto entry = grub_entry(*intent_, words.size() > 1 ? std::string(trim(words[1])) : "",
                                  std::string(trim(words[0])));
    if (!entry) return entry.error();
    auto done = arm_and_reset(*entry, deadline, stop);
    // The machine may be switched on again before it is tried again: then the default, not the kernel.
    if (!done) (void)host_.run(kDisarmGrub, "", clock_.now() + kResetTime, {});
    return done;
  }

  Result<void> arm_and_reset(const std::string& entry, Deadline deadline, const std::stop_token& stop) {
    const auto armed = host_.run(kArmGrub, entry, deadline, stop);
    if (!armed) return armed.error();
    const auto variables = split(*armed, '\n');
    const auto has = [&](std::string_view line) {
      return std::find(variables.begin(), variables.end(), line) != variables.end();
    };
    if (!has("next_entry=rigbisect"))
      return Error{Errc::protocol, host_.name() + ": grubenv does not keep next_entry"};
    if (has("saved_entry=rigbisect")) {
      return Error{Errc::invalid,
                   host_.name() +
                       ": its default entry is rigbisect's own: set a known-good one with grub-set-default"};
    }
    if (auto reset = host_.run(kReset, "", deadline, stop); !reset) return reset.error();
    reached_ = "it was told to boot the entry 'rigbisect' once, and reset";
    if (!clock_.sleep_until(clock_.now() + kResetTime, stop)) return Error{Errc::cancelled, "stopped"};
    return {};
  }

  // Both files, compared over there by their sums before they get their names.
  Result<void> put_files(const std::string& directory, Deadline deadline, const std::stop_token& stop) {
    const std::pair<std::string, std::filesystem::path> files[] = {{"kernel", intent_->kernel},
                                                                   {"initrd", intent_->initramfs}};
    for (const auto& [name, from] : files) {
      const auto content = read_file(from, kLargestFile);
      if (!content) return content.error();
      const auto sum = sum_of(from, stop);
      if (!sum) return sum.error();
      // `directory` and `name` are constants of ours.
      const std::string to = directory + "/" + name;
      const auto there =
          host_.run("set -e; cat >" + to + ".new; sync; sha256sum <" + to + ".new", *content, deadline, stop);
      if (!there) return there.error().within("copying the " + name);
      if (there->substr(0, 64) != *sum)
        return Error{Errc::io, host_.name() + ": the " + name + " arrived damaged"};
      if (auto moved = host_.run("mv " + to + ".new " + to, "", deadline, stop); !moved) return moved.error();
    }
    reached_ = "it has the kernel";
    return {};
  }

  Result<std::string> sum_of(const std::filesystem::path& file, const std::stop_token& stop) {
    const auto done = run_command({.argv = {"sha256sum", "-b", file.native()}},
                                  {.deadline = clock_.now() + kHashTime, .stop = stop}, clock_);
    if (!done) return done.error();
    if (!done->ok()) return Error{Errc::io, printable(trim(done->output))};
    return done->output.substr(done->output.starts_with('\\') ? 1 : 0, 64);
  }

  static Result<std::string> grub_entry(const BootIntent& intent, const std::string& uuid,
                                        const std::string& directory) {
    auto words = grub_command_line(intent.command_line);
    if (!words) return words;
    const bool known =
        !uuid.empty() && uuid.find_first_not_of("0123456789abcdefABCDEF-") == std::string::npos;
    const GrubCommands load = grub_commands(directory, *words);
    return std::string(kOurs) + "; replaced at each run\nmenuentry 'rigbisect' --id rigbisect {\n" +
           (known ? "  search --no-floppy --fs-uuid --set=root " + uuid + "\n" : "") + "  " +
           load.load_kernel + "\n  " + load.load_initramfs + "\n}\n";
  }

  SshHost host_;
  bool kexec_;
  Clock& clock_;
  std::optional<BootIntent> intent_;
  std::string reached_;
};

Result<std::unique_ptr<BootMedium>> make_installed(const DriverOptions& options,
                                                   const DriverContext& context) {
  if (auto found = find_program("ssh"); !found) {
    return Error{Errc::not_found, found.error().what + " The driver needs openssh-client."};
  }
  const auto optional = [&](const char* name) {
    return options.has(name) ? options.text(name) : std::string();
  };
  SshAccess access{options.text("host"), options.text("user"), options.integer("port"), optional("identity"),
                   optional("known_hosts")};
  if (access.host.starts_with('-') || access.user.starts_with('-'))
    return Error{Errc::invalid, "host and user do not begin with '-'"};
  return std::unique_ptr<BootMedium>(std::make_unique<InstalledSystem>(
      SshHost(std::move(access), context.clock), options.text("method") == "kexec", context.clock));
}

constexpr const char* kInstalledNotes =
    R"(For a machine with a Linux of its own that has an ssh server: at each power-on that known-good system comes up, gets kernel
and initramfs by ssh, and starts them once.

  method: grub    a GRUB entry for the next boot only (next_entry), then a reset: the kernel starts from firmware as ever.
                  GRUB forgets the entry before it boots it, so a crash, a hang or a power cut leads back to the default.
  method: kexec   the kernel is started from the running system: quicker on servers whose firmware takes minutes, but
                  devices are as that system left them.

Prepare the machine: its default GRUB entry is the system that works (never rigbisect's), `update-grub` was run by a GRUB
2.02 or later; /boot has room for a kernel; the user may write /boot and /proc/sysrq-trigger (root); its host key is in
known_hosts here (ssh-keyscan), our public key in authorized_keys there. Nobody is asked for passwords. Debian's names are
used: /boot/grub, grub-editenv; kexec needs kexec-tools. Secure Boot must be off.

Allow for both boots: `timings: firmware` and `kernel` together are what the known-good system may take to answer. A console
that shows that system, too, is no problem: what it says before the hand-over does not count. `off_proof: ping` fits here.

  boot:
    driver: installed
    host: 10.77.0.42
    identity: /etc/rigbisect/id_ed25519
    known_hosts: /etc/rigbisect/known_hosts

Source: GRUB manual 2.06, "Making your system bootable one time" (grub-reboot, environment block); kexec(8); Linux
Documentation/admin-guide/sysrq.rst.)";

}  // namespace

DriverRow<BootMedium> installed_driver() {
  return {
      .name = "installed",
      .summary = "an installed Linux starts the kernel once: GRUB's next entry or kexec, by ssh",
      .notes = kInstalledNotes,
      .options =
          {
              {.name = "host", .required = true, .help = "the machine's address or name"},
              {.name = "user", .default_value = "root", .help = "who logs in there"},
              {.name = "port",
               .type = OptionType::integer,
               .default_value = "22",
               .help = "its ssh port",
               .min = 1,
               .max = 65535},
              {.name = "identity",
               .type = OptionType::path,
               .help = "our private key; default: ssh's",
               .shared = true},
              {.name = "known_hosts",
               .type = OptionType::path,
               .help = "file with its host key; default: ssh's",
               .shared = true},
              {.name = "method",
               .default_value = "grub",
               .help = "how the kernel is started",
               .choices = {"grub", "kexec"}},
          },
      .make = make_installed,
  };
}

}  // namespace rigbisect
