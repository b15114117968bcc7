#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/board.h"
#include "device/driver.h"

namespace rigbisect {

// Opens one device of a board by the driver that its file names. `role` is for messages: "power". Blocks as
// long as the driver's make() does. The error names board and role: "board nuc-1: power: /dev/ttyUSB0 ...".
template <typename Interface>
Result<std::unique_ptr<Interface>> open_device(const std::vector<DriverRow<Interface>>& rows,
                                               const DriverChoice& choice, const DriverContext& context,
                                               const std::string& role) {
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return each.name == choice.driver; });
  const std::string where = "board " + context.board + ": " + role;
  if (row == rows.end()) return Error{Errc::invalid, where + ": there is no driver '" + choice.driver + "'"};
  auto device = row->make(choice.options, context);
  if (!device) return device.error().within(where);
  return device;
}

}  // namespace rigbisect
