#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/fd.h"

struct _UMockdevTestbed;  // NOLINT(bugprone-reserved-identifier): umockdev.h stays in testbed.cpp

namespace rigbisect::rig {

// What a USB serial adapter tells the kernel of itself.
struct AdapterIdentity {
  std::string usb_path;  // "1-1": bus and port
  std::string vendor;    // four hex digits
  std::string product;
  std::string manufacturer;
  std::string name;
  std::string serial;  // empty: the chip has none (CH340)
  std::string by_id;   // the link below /dev/serial/by-id
};

// The state of an adapter that its ioctls show and change. Shared with the testbed's thread.
struct ModemLines {
  std::atomic<int> outputs{0};           // TIOCM_DTR, TIOCM_RTS, set by the host
  std::atomic<bool> peer_present{true};  // the other end raises CTS, DSR and DCD
  std::atomic<bool> plugged{false};
  std::function<void(bool on)> on_break;  // called on the testbed's thread; may be empty
};

// A /dev and /sys in which USB serial adapters can be plugged, as programs with the umockdev preload see it.
// The nodes are bind mounts of ptys, so the process must have a mount namespace of its own. For the loop's
// thread; ioctls of clients are answered on a thread of umockdev's.
class Testbed {
 public:
  // `directory` holds the testbed's files; short, because sockets live deep in it. Calls setenv(): before
  // threads.
  static Result<std::unique_ptr<Testbed>> create(const std::filesystem::path& directory);
  ~Testbed();
  Testbed(const Testbed&) = delete;
  Testbed& operator=(const Testbed&) = delete;

  // Makes /dev/ttyUSB<number> (the pty `terminal`), its by-id link and its sysfs entries appear.
  // Errc::busy if that number is taken.
  Result<void> plug(const AdapterIdentity& identity, unsigned number, const std::string& terminal,
                    std::shared_ptr<ModemLines> lines);
  // Takes them away again. Open files are not touched: close the pty's other end for that.
  void unplug(const AdapterIdentity& identity, unsigned number);

  // UMOCKDEV_DIR for clients.
  const std::filesystem::path& root() const { return root_; }

 private:
  Testbed(_UMockdevTestbed* testbed, std::filesystem::path root)
      : testbed_(testbed), root_(std::move(root)) {}

  Result<void> make_node(const std::string& tty, const std::string& terminal);
  Result<void> answer_ioctls(const AdapterIdentity& identity, const std::string& tty,
                             std::shared_ptr<ModemLines> lines);

  _UMockdevTestbed* testbed_;
  std::filesystem::path root_;
  std::vector<std::string> plugged_;
};

}  // namespace rigbisect::rig
