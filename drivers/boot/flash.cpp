#include <algorithm>

#include "base/text.h"
#include "drivers/boot/boot_image.h"
#include "drivers/boot/raw_medium.h"
#include "drivers/boot/sd_mux.h"
#include "drivers/registry.h"
#include "os/file.h"
#include "os/process.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr Duration kAppearTime = std::chrono::seconds(15);  // card readers enumerate slowly
constexpr Duration kAppearPoll = std::chrono::milliseconds(200);
constexpr Duration kDisarmTime = std::chrono::minutes(1);

struct Wiring {
  fs::path device;
  Firmware firmware = Firmware::bios;
  bool overwrite = false;
  fs::path sd_mux;  // empty: none
  std::vector<std::string> to_host, to_board;
};

// A directory for scratch files, removed at the end of its scope.
class Scratch {
 public:
  Scratch() : path_(fs::temp_directory_path() / ("rigbisect-flash-" + random_hex(8))) {}
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  Result<void> make() const { return make_directories(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

class FlashedMedium : public BootMedium {
 public:
  FlashedMedium(Wiring wiring, Clock& clock) : wiring_(std::move(wiring)), clock_(clock) {}

  Result<void> arm(const BootIntent& intent, Deadline deadline, std::stop_token stop) override {
    const Scratch scratch;
    if (auto made = scratch.make(); !made) return made;
    const ImageJob job{intent, wiring_.firmware, scratch.path() / "boot.img"};
    if (auto built = build_boot_image(job, clock_, deadline, stop); !built)
      return built.error().within("boot image");
    return with_medium(deadline, stop, [&](RawMedium& medium) -> Result<void> {
      if (auto written = medium.write_verified(job.image, clock_, deadline, stop); !written) return written;
      armed_ = true;
      return {};
    });
  }

  Result<void> disarm() override {
    if (!armed_) return {};
    const auto clear = [](RawMedium& medium) { return medium.clear_boot_mark(); };
    auto done = with_medium(clock_.now() + kDisarmTime, {}, clear);
    if (done) armed_ = false;
    return done;
  }

  std::vector<BootStage> timeline() const override { return {}; }  // a disk cannot tell who reads it
  std::string diagnose() const override { return {}; }

 private:
  // Takes the medium over to this machine, does `work` on it and gives it back, also when that failed.
  template <typename Work>
  Result<void> with_medium(Deadline deadline, std::stop_token stop, Work work) {
    Result<void> done = connect(SdMux::Side::host, deadline, stop);
    if (!done && wiring_.sd_mux.empty()) return done;
    if (done) done = open_and(deadline, stop, work);
    auto given_back = connect(SdMux::Side::board, clock_.now() + kDisarmTime, {});
    return done ? given_back : done;
  }

  template <typename Work>
  Result<void> open_and(Deadline deadline, std::stop_token stop, Work work) {
    auto medium = open(deadline, stop);
    if (!medium) return medium.error();
    auto ours = medium->may_overwrite(kOurDiskSignature);
    if (!ours) return ours.error();
    if (!*ours && !wiring_.overwrite) return foreign();
    return work(*medium);
  }

  Result<RawMedium> open(Deadline deadline, std::stop_token stop) const {
    const Deadline give_up = std::min(deadline, clock_.now() + (switches() ? kAppearTime : Duration{}));
    for (;;) {
      auto medium = RawMedium::open(wiring_.device);
      if (medium || medium.error().code != Errc::not_found || clock_.now() >= give_up) return medium;
      if (!clock_.sleep_until(std::min(give_up, clock_.now() + kAppearPoll), stop)) {
        return Error{Errc::cancelled, "stopped while waiting for " + printable(wiring_.device.native())};
      }
    }
  }

  Error foreign() const {
    const std::string name = printable(wiring_.device.native());
    return Error{
        Errc::denied,
        name +
            " holds data that are not from rigbisect; they will not be overwritten. If it is the right "
            "medium, clear its start (dd if=/dev/zero of=" +
            name + " bs=1M count=1) or set 'overwrite: true'"};
  }

  bool switches() const { return !wiring_.to_host.empty() || !wiring_.sd_mux.empty(); }

  Result<void> connect(SdMux::Side side, Deadline deadline, std::stop_token stop) const {
    if (wiring_.sd_mux.empty()) {
      return run(side == SdMux::Side::host ? wiring_.to_host : wiring_.to_board, deadline, stop);
    }
    auto mux = SdMux::open(wiring_.sd_mux);
    if (!mux) return mux.error();
    return mux->connect(side, clock_, stop);
  }

  Result<void> run(const std::vector<std::string>& argv, Deadline deadline, std::stop_token stop) const {
    if (argv.empty()) return {};
    auto done = run_command({.argv = argv}, {.deadline = deadline, .stop = stop, .max_output = 4096}, clock_);
    if (!done) return done.error().within("switching the medium");
    if (done->ok()) return {};
    return Error{Errc::io, "switching the medium: '" + printable(join(argv, " ")) + "' ended with " +
                               done->describe() + ": " + printable(trim(done->output))};
  }

  Wiring wiring_;
  Clock& clock_;
  bool armed_ = false;
};

Firmware firmware_of(const std::string& word) {
  if (word == "uefi") return Firmware::uefi;
  return word == "both" ? Firmware::both : Firmware::bios;
}

Result<std::unique_ptr<BootMedium>> make_flash(const DriverOptions& options, const DriverContext& context) {
  Wiring wiring{.device = options.text("device"),
                .firmware = firmware_of(options.text("firmware")),
                .overwrite = options.boolean("overwrite"),
                .sd_mux = options.has("sd_mux") ? options.text("sd_mux") : "",
                .to_host = options.list("to_host"),
                .to_board = options.list("to_board")};
  if (wiring.to_host.empty() != wiring.to_board.empty()) {
    return Error{Errc::invalid, "'to_host' and 'to_board' belong together: give both or none"};
  }
  if (!wiring.sd_mux.empty() && !wiring.to_host.empty()) {
    return Error{Errc::invalid, "'sd_mux' switches by itself: leave 'to_host' and 'to_board' out"};
  }
  for (const char* program : {"grub-mkimage", "mformat"}) {
    if (auto found = find_program(program); !found) {
      return Error{Errc::not_found,
                   found.error().what +
                       " The flash driver needs grub-common, mtools and grub-pc-bin or grub-efi-amd64-bin."};
    }
  }
  return std::unique_ptr<BootMedium>(std::make_unique<FlashedMedium>(std::move(wiring), context.clock));
}

constexpr const char* kFlashNotes =
    R"(For boards that cannot boot from the network: the kernel is written to a disk, card or stick that both this machine and
the board can reach, while the board is off. Set the board's firmware to boot from it first.

Ways to wire it: a USB-SD-Mux, named by `sd_mux`; another SD multiplexer (SDWire) with `to_host` and `to_board` naming the
commands that switch it;
a USB stick behind a switchable USB port; a disk image that a hypervisor or a USB mass storage gadget shows to the board.

At each boot the start of the medium is written anew with a complete image: MBR, GRUB, one FAT32 partition with kernel,
initramfs and command line; then it is read back past the cache and compared. About 41 MiB plus the files are written.

What protects your disks: a device that this machine uses in any way (mounted, swap, LVM, also through a partition) is
refused by the kernel; and a medium is only touched if it is blank or carries rigbisect's mark, unless `overwrite: true`.
Name it by its link below /dev/disk/by-id: sdX letters move. Keep desktop automounters away from it.

  boot:
    driver: flash
    device: /dev/disk/by-id/usb-Linux_Automation_USB-SD-Mux_000000001234-0:0
    firmware: bios
    sd_mux: /dev/usb-sd-mux/id-000000001234

Needs grub-common, mtools, and grub-pc-bin (bios) or grub-efi-amd64-bin (uefi). Secure Boot must be off.
Source: GRUB manual, "BIOS installation"; UEFI 2.10, 3.5.1.1 (removable media); FAT32 specification 1.03.)";

}  // namespace

DriverRow<BootMedium> flash_driver() {
  return {
      .name = "flash",
      .summary = "disk, card, stick or image file written from this machine",
      .notes = kFlashNotes,
      .options =
          {
              {.name = "device",
               .type = OptionType::path,
               .required = true,
               .help = "block device or image file, best by its link below /dev/disk/by-id"},
              {.name = "firmware",
               .default_value = "bios",
               .help = "what the board starts with",
               .choices = {"bios", "uefi", "both"}},
              {.name = "overwrite",
               .type = OptionType::boolean,
               .default_value = "false",
               .help = "write even if the medium holds data of others"},
              {.name = "sd_mux",
               .type = OptionType::path,
               .help = "scsi_generic device of a USB-SD-Mux, which is switched for it"},
              {.name = "to_host",
               .type = OptionType::list,
               .help = "program and arguments that connect the medium to this machine"},
              {.name = "to_board",
               .type = OptionType::list,
               .help = "program and arguments that connect it to the board"},
          },
      .make = make_flash,
  };
}

}  // namespace rigbisect
