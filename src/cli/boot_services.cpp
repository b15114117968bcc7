#include "cli/boot_services.h"

#include "netboot/service.h"

namespace rigbisect {

Result<BootServer*> BootServices::get(const BootServerOptions& options) {
  const std::lock_guard lock(mutex_);
  for (const auto& running : running_) {
    if (running.options == options) return running.server.get();
    if (running.options.interface == options.interface) {
      return Error{Errc::invalid, "two boards want different boot services on interface " +
                                      options.interface + ": give them the same mode, address and http_port"};
    }
  }
  auto started = netboot::NetbootService::start(options, clock_);
  if (!started) return started.error();
  running_.push_back({options, std::move(*started)});
  return running_.back().server.get();
}

}  // namespace rigbisect
