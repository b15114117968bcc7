#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "adapter.h"
#include "cable.h"
#include "faults.h"
#include "machine.h"
#include "network.h"

namespace rigbisect::rig {

// One place on the shelf: a PC whose mains goes through a relay contact, with its serial cable and network
// cable, and the faults set on them. For the loop's thread.
class Rig {
 public:
  // Makes the machine (off) and plugs in its cables.
  static Result<std::unique_ptr<Rig>> create(Loop& loop, const Log& log, Testbed& testbed,
                                             const MachineSpec& spec, Clock& clock);
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  // The relay of this rig clicks, or is told to.
  void relay(bool on);
  // The relay board hears a message for this rig's channel: is it deaf to it?
  bool relay_mute();

  // `words`: as FaultBook::add(), or uart-plug [NUMBER].
  Result<void> fault(std::span<const std::string> words);
  void clear_faults();

  bool powered() const { return contact_; }
  // "rig 1 bios power=on qemu=4711 boots=3 uart=ttyUSB1 open faults=none"
  std::string status() const;
  const MachineSpec& spec() const { return machine_->spec(); }
  pid_t machine_pid() const { return machine_->pid(); }  // 0: no process

 private:
  Rig(Loop& loop, const Log& log, Testbed& testbed, const MachineSpec& spec);

  void say(const std::string& text) const;
  void complain(const Result<void>& result) const;
  void note(Occasion occasion);
  bool active(FaultKind kind) const { return faults_.active(kind, loop_.now()); }
  void settle();
  void settle_contact();
  void settle_cables();
  void mains(bool on);
  Result<void> start();
  void arm_boot_faults();
  void watch_text(std::string_view text);
  Result<void> plug_uart(std::span<const std::string> words);

  Loop& loop_;
  const Log& log_;
  FaultBook faults_;
  Adapter adapter_;
  Cable cable_;
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<NetworkPort> network_;
  unsigned home_number_;
  bool coil_ = false;     // what the relay board wants
  bool contact_ = false;  // what the mains does
  std::optional<Loop::TimerId> change_;
  bool freeze_at_kernel_ = false;
  std::string recent_text_;
};

}  // namespace rigbisect::rig
