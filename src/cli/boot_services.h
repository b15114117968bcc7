#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "device/boot_server.h"

namespace rigbisect {

// The boot services of this process, one per network interface, each started when a board first asks for it.
// Thread-safe.
class BootServices : public BootServers {
 public:
  explicit BootServices(Clock& clock) : clock_(clock) {}

  Result<BootServer*> get(const BootServerOptions& options) override;

 private:
  struct Running {
    BootServerOptions options;
    std::unique_ptr<BootServer> server;
  };

  Clock& clock_;
  std::mutex mutex_;
  std::vector<Running> running_;
};

}  // namespace rigbisect
