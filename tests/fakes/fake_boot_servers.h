#pragma once

#include "device/boot_server.h"

namespace rigbisect {

// Wiring without a network: every request for a boot server fails.
class NoBootServers : public BootServers {
 public:
  Result<BootServer*> get(const BootServerOptions& options) override {
    return Error{Errc::not_found, "no boot server on " + options.interface};
  }
};

}  // namespace rigbisect
