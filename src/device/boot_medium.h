#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "device/boot_handover.h"

namespace rigbisect {

// What a machine shall boot at its next power-on.
struct BootIntent {
  std::filesystem::path kernel;     // bzImage
  std::filesystem::path initramfs;  // cpio, compressed or not
  std::string command_line;
  std::string run_id;  // for logs and file names; [A-Za-z0-9-], unique per run
};

// One step that a boot medium saw of a boot, oldest first in BootMedium::timeline().
struct BootStage {
  std::string name;    // "DISCOVER", "OFFER", "REQUEST", "loader", "script", "kernel", "initramfs"
  std::string detail;  // "undionly.kpxe 86 kB in 0.1 s"; may be empty
  TimePoint at;
};

// How a kernel gets onto the machine: network boot, a disk image, an SD multiplexer. Implemented in
// drivers/boot. Owned by the bench of its board; calls come from one thread at a time. arm() is called with
// the machine off.
class BootMedium {
 public:
  virtual ~BootMedium() = default;

  // Makes the next power-on boot `intent`, replacing an earlier one. Blocks until the medium is written and
  // verified, or the boot service answers for this machine, or until `deadline`. Clears the timeline.
  virtual Result<void> arm(const BootIntent& intent, Deadline deadline, std::stop_token stop) = 0;

  // Takes the intent back: nothing is served for this machine any more. No error if nothing is armed.
  virtual Result<void> disarm() = 0;

  // Stages seen since arm(). Empty for a medium that cannot see the boot (a flashed disk).
  virtual std::vector<BootStage> timeline() const = 0;

  // A sentence that names the likeliest cause when the machine did not come up, from the timeline:
  // "no DHCP request from 52:54:00:77:00:10 since power-on: power, cable or boot order?". Empty when unknown.
  virtual std::string diagnose() const = 0;

  // An ability that not every medium needs; nullptr without. It lives as long as this object.
  virtual BootHandover* handover() { return nullptr; }
};

}  // namespace rigbisect
