#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "loop.h"
#include "os/fd.h"
#include "testbed.h"

namespace rigbisect::rig {

// One USB serial adapter: a tty on the host's side and bytes on ours. Unplugging hangs up everyone who has it
// open, as the kernel does; plugging it in again makes a fresh tty. For the loop's thread.
class Adapter {
 public:
  // `on_input` is called when the host may have written something: read() then.
  Adapter(Loop& loop, Testbed& testbed, AdapterIdentity identity, unsigned number,
          std::function<void()> on_input);
  ~Adapter();
  Adapter(const Adapter&) = delete;
  Adapter& operator=(const Adapter&) = delete;

  Result<void> plug();
  // Plugs it in under another number.
  Result<void> plug_as(unsigned number);
  void unplug();
  bool plugged() const { return lines_->plugged; }
  unsigned number() const { return number_; }
  bool opened() const;  // a program has the tty open

  // To the host. Bytes that nobody reads are lost, as on a real tty: when it is not open, or its buffer is
  // full.
  void write(std::span<const char> bytes);
  // What the host wrote; 0 if there is nothing at the moment.
  std::size_t read(std::span<char> into);

  // The speed the host has set, in baud; 0 if unplugged or unusual.
  unsigned speed() const;

  // The other end is powered: it raises CTS, DSR and DCD.
  void set_peer_present(bool present) { lines_->peer_present = present; }
  // `handler` is called on the loop's thread when the host sends a break.
  void on_break(std::function<void()> handler);

 private:
  void host_changed();

  Loop& loop_;
  Testbed& testbed_;
  AdapterIdentity identity_;
  unsigned number_;
  std::function<void()> on_input_;
  std::shared_ptr<ModemLines> lines_ = std::make_shared<ModemLines>();
  Fd master_;
  bool unflushed_ = false;  // there may be bytes in the tty that its last user has not read
  std::string terminal_;
};

}  // namespace rigbisect::rig
