#pragma once

#include <map>
#include <string>
#include <vector>

#include "device/driver.h"
#include "os/real_clock.h"
#include "tests/fakes/fake_boot_servers.h"

namespace rigbisect {

// What the config room does for a driver: the given options over the row's defaults.
template <typename Interface>
DriverOptions options_for(const DriverRow<Interface>& row,
                          const std::map<std::string, std::vector<std::string>>& given) {
  DriverOptions options;
  for (const OptionSpec& spec : row.options) {
    if (!spec.default_value.empty()) options.set(spec.name, {spec.default_value});
  }
  for (const auto& [name, values] : given) options.set(name, values);
  return options;
}

// A driver's surroundings: real time, no boot server.
class DriverWorld {
 public:
  template <typename Interface>
  Result<std::unique_ptr<Interface>> make(const DriverRow<Interface>& row,
                                          const std::map<std::string, std::vector<std::string>>& given) {
    return row.make(options_for(row, given), DriverContext{clock, servers, "board-1"});
  }

  Deadline in(Duration time) const { return clock.now() + time; }

  RealClock clock;
  NoBootServers servers;
};

}  // namespace rigbisect
