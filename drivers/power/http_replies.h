#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "drivers/power/confirmed_switch.h"

// What the web servers of power switches answer, read. Pure; any text may come.
namespace rigbisect {

// Shelly, first generation: {"ison":true,...} of /relay/N; {"power":12.3,...} of /meter/N.
Result<Reading> shelly1_reading(std::string_view body);
Result<std::optional<double>> shelly1_watts(std::string_view body);

// Shelly, second generation: {"id":1,"result":{"output":true,"apower":12.3}} or {"error":{"message":...}}.
Result<Reading> shelly2_reading(std::string_view body);
Result<std::optional<double>> shelly2_watts(std::string_view body);

// Tasmota: {"POWER":"ON"} of a device with one relay, {"POWER2":"OFF"} of others; {"WARNING":"Need user=..."}
// without credentials; {"StatusSNS":{"ENERGY":{"Power":12}}}.
Result<Reading> tasmota_reading(std::string_view body, long relay);
Result<std::optional<double>> tasmota_watts(std::string_view body);

// NETIO: {"Outputs":[{"ID":1,"State":1,"Load":12}]}.
Result<Reading> netio_reading(std::string_view body, long outlet);
Result<std::optional<double>> netio_watts(std::string_view body, long outlet);

// Digital Loggers REST: true or false.
Result<Reading> dli_reading(std::string_view body);

// A device that is described in its board file. `pointer` is a JSON pointer (RFC 6901) to the state, or empty
// for the whole body as text. `on` and `off` are its values.
struct DescribedState {
  std::string pointer;
  std::string on;
  std::string off;
};
Result<Reading> described_reading(std::string_view body, const DescribedState& state);

}  // namespace rigbisect
