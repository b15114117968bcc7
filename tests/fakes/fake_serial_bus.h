#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"
#include "os/fd.h"

typedef struct _UMockdevTestbed UMockdevTestbed;
typedef struct _UMockdevIoctlBase UMockdevIoctlBase;

namespace rigbisect {

// What an adapter has beside the data, for all adapters of a bus in common.
struct FakeLine {
  std::atomic<int> outputs{0};  // TIOCM_DTR and TIOCM_RTS, as set
  std::atomic<int> breaks{0};   // that were begun
  std::atomic<bool> counts{false};
  std::atomic<int> overruns{0};  // what TIOCGICOUNT says, if it counts
  std::atomic<int> framing{0};
};

// USB serial adapters that can be plugged in and out, for unmodified libserialport: a umockdev testbed with a
// pty behind each tty. Works only in a program started with LD_PRELOAD=libumockdev-preload.so.0, as ctest
// does.
class FakeSerialBus {
 public:
  FakeSerialBus();
  ~FakeSerialBus();
  FakeSerialBus(const FakeSerialBus&) = delete;
  FakeSerialBus& operator=(const FakeSerialBus&) = delete;

  static bool available();

  // An adapter appears as /dev/<tty>, and as /dev/serial/by-id/<id>. Returns the far end of its wire.
  int plug(const std::string& tty, const std::string& id);

  // It goes away: readers see a hang-up, the names vanish.
  void unplug(const std::string& tty);

  FakeLine& line() { return line_; }

 private:
  struct Adapter {
    std::string system_path;
    std::string link;
    Fd far_end;
    Fd near_end;  // kept open, so that the far end is quiet and not hung up while nobody else has the tty
                  // open
  };

  std::filesystem::path root() const;

  FakeLine line_;
  UMockdevTestbed* testbed_;
  UMockdevIoctlBase* ioctls_;
  std::map<std::string, Adapter> adapters_;
};

}  // namespace rigbisect
