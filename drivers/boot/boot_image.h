#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "device/boot_medium.h"

// A disk image that boots one kernel: MBR with GRUB in the gap behind it, one FAT32 partition with kernel,
// initramfs and GRUB's configuration; for UEFI also /EFI/BOOT/BOOTX64.EFI. Built whole each time, so no state
// of an earlier boot can survive. Needs neither root nor mounts: grub-mkimage and mtools do the work.
namespace rigbisect {

enum class Firmware { bios, uefi, both };

// Written at byte 440 of the first sector (the "disk signature"): media that we may overwrite.
inline constexpr std::string_view kOurDiskSignature = "RIGB";

struct ImageJob {
  BootIntent intent;
  Firmware firmware = Firmware::bios;
  std::filesystem::path image;  // to be made, replaced if it exists; its directory takes scratch files
};

// Blocks for about a second. Errors: invalid (the command line cannot be passed through GRUB), not_found (a
// program or file is missing: the message names the package), timeout, cancelled, io.
Result<void> build_boot_image(const ImageJob& job, Clock& clock, Deadline deadline, std::stop_token stop);

// grub.cfg for this intent. Errors: invalid.
Result<std::string> grub_config(const BootIntent& intent);

}  // namespace rigbisect
