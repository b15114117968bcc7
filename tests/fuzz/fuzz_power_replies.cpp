#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "drivers/ipmi_bmc.h"
#include "drivers/power/http_replies.h"
#include "drivers/power/redfish_replies.h"
#include "drivers/power/snmp_families.h"

namespace {

using namespace rigbisect;

// An error is printable and short, whatever came; a reading is on or off.
template <typename T>
void check(const Result<T>& result) {
  if (result) return;
  if (result.error().what.size() > 2000 || result.error().what.empty()) std::abort();
  for (const char c : result.error().what) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t') std::abort();
  }
}

// A link stays on the device, and cannot break the request it is put into.
void check_link(const std::string& link) {
  if (!link.starts_with("/redfish/") || link.size() > 512) std::abort();
  if (link.find_first_of(" \r\n?#@") != std::string::npos) std::abort();
}

void check_reading(const Result<Reading>& reading) {
  check(reading);
  if (reading && *reading != Reading::on && *reading != Reading::off) std::abort();
}

}  // namespace

// Any bytes as what ipmitool printed, what the web servers of switches answered, and as an OID.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto response = parse_ipmi_response(text);
  check(response);
  if (response && response->size() > 256) std::abort();
  int completion_code = 0;
  const Error error = explain_ipmi_failure(text, completion_code);
  check(Result<void>(error));
  if (completion_code < 0 || completion_code > 255) std::abort();
  check_reading(shelly1_reading(text));
  check_reading(shelly2_reading(text));
  check_reading(tasmota_reading(text, 1));
  check_reading(netio_reading(text, 1));
  check_reading(dli_reading(text));
  check_reading(described_reading(text, {.pointer = "/a/0/b", .on = "1", .off = "0"}));
  check_reading(described_reading(text, {.pointer = "", .on = "on", .off = "off"}));
  check(shelly1_watts(text));
  check(shelly2_watts(text));
  check(tasmota_watts(text));
  check(netio_watts(text, 1));
  const auto members = redfish_members(text);
  check(members);
  for (const std::string& link : members ? *members : std::vector<std::string>{}) check_link(link);
  const auto system = redfish_system(text);
  check(system);
  if (system) check_link(system->reset);
  if (system && !system->reset_info.empty()) check_link(system->reset_info);
  check(redfish_reset_types(text));
  for (const SnmpFamily& family : snmp_families()) {
    if (is_below(text, family.system) && text.size() < std::string_view(family.system).size()) std::abort();
  }
  return 0;
}
