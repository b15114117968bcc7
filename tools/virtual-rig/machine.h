#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"
#include "log.h"
#include "loop.h"
#include "os/fd.h"

namespace rigbisect::rig {

// bios: SeaBIOS, boots from the network (iPXE option ROM), then from disk. uefi: OVMF with its own PXE
// client, the same order. disk: SeaBIOS, from disk only.
enum class MachineKind { bios, uefi, disk };

const char* to_string(MachineKind kind);

struct MachineSpec {
  unsigned number = 0;  // from 1
  MachineKind kind = MachineKind::bios;
  unsigned memory_mb = 256;
  std::filesystem::path directory;  // its disk.img, firmware variables and qemu.log
  std::string uart;                 // named pipes, made by make_named_line()

  std::string mac() const;  // "52:54:00:77:00:11" for number 1
  std::filesystem::path disk() const { return directory / "disk.img"; }
};

// QEMU's command line for a machine with its network card at this descriptor. Pure.
std::vector<std::string> qemu_arguments(const MachineSpec& spec, const Fd& tap);

// The PC itself: a QEMU process while it has power, nothing while it has not. Power is cut, not switched off:
// what the machine had not written to its disk is lost. For the loop's thread.
class Machine {
 public:
  // Makes the directory, a sparse disk and the firmware's variables where they are missing. Errc::not_found
  // names the Debian package of firmware that is not there.
  static Result<std::unique_ptr<Machine>> create(Loop& loop, const Log& log, MachineSpec spec);
  ~Machine() { power_off(); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  const MachineSpec& spec() const { return spec_; }

  // Starts QEMU with this end of its network cable. REQUIRES: not running, the named pipes of its UART are
  // there.
  Result<void> power_on(Fd tap);
  // Returns when the process is gone. No effect if there is none.
  void power_off();
  // Stops the machine's clock as a hardware hang would, until power_off().
  void freeze();

  pid_t pid() const { return pid_; }  // 0: no process (no power, or the machine has shut itself down)
  unsigned boots() const { return boots_; }

 private:
  Machine(Loop& loop, const Log& log, MachineSpec spec) : loop_(loop), log_(log), spec_(std::move(spec)) {}
  void ended();

  Loop& loop_;
  const Log& log_;
  MachineSpec spec_;
  pid_t pid_ = 0;
  Fd end_;
  unsigned boots_ = 0;
};

}  // namespace rigbisect::rig
