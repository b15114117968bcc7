#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "drivers/power/confirmed_switch.h"

// What Redfish services answer (DSP0266, DSP2046). Any bytes may be given; a link that is no path of the
// service is an error.
namespace rigbisect {

// Where the members of a collection are.
Result<std::vector<std::string>> redfish_members(std::string_view body);

// A ComputerSystem, as far as power and boot need it.
struct RedfishSystem {
  Reading power = Reading::unknown;
  std::string reset;                                    // where to post a reset
  std::optional<std::vector<std::string>> reset_types;  // nullopt: not told here
  std::string reset_info;                               // where they are told instead; may be empty
  std::string etag;                                     // of this state, for If-Match; may be empty
  std::vector<std::string> boot_targets;                // empty: not told
  std::string boot_enabled;                             // "Once", "Disabled"
  std::string boot_target;                              // "Pxe"
  bool has_boot_mode = false;
};
Result<RedfishSystem> redfish_system(std::string_view body);

// The reset types in an ActionInfo.
Result<std::vector<std::string>> redfish_reset_types(std::string_view body);

}  // namespace rigbisect
