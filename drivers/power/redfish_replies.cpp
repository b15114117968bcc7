#include "drivers/power/redfish_replies.h"

#include <algorithm>

#include "base/text.h"
#include "drivers/json_reply.h"

namespace rigbisect {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestLink = 512;
constexpr std::size_t kMostWords = 64;

Error not_redfish(std::string_view body, const std::string& expected) {
  return Error{Errc::protocol, "the service answers '" + printable(body.substr(0, kShownOfReply)) +
                                   "' instead of " + expected};
}

// A short text of plain characters; "" for anything else, so that nothing it holds can break a header or a
// URL.
std::string word(const json& value) {
  if (!value.is_string()) return "";
  auto text = value.get<std::string>();
  const bool plain = text.size() <= kLongestLink &&
                     std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  return plain ? text : "";
}

std::string link(const json& value) {
  std::string path = word(value);
  const bool inside = path.starts_with("/redfish/") && path.find_first_of("\\?#@") == std::string::npos &&
                      path.find("/../") == std::string::npos;
  return inside ? path : "";
}

std::vector<std::string> words(const json& values) {
  std::vector<std::string> all;
  if (!values.is_array()) return all;
  for (const json& value : values) {
    if (all.size() == kMostWords) break;
    if (std::string text = word(value); !text.empty()) all.push_back(std::move(text));
  }
  return all;
}

Reading reading_of(const json& state) {
  if (state == "On") return Reading::on;
  if (state == "Off") return Reading::off;
  if (state == "PoweringOn" || state == "PoweringOff") return Reading::changing;
  return Reading::unknown;
}

}  // namespace

Result<std::vector<std::string>> redfish_members(std::string_view body) {
  const json members = member(json::parse(body, nullptr, false), {"Members"});
  if (!members.is_array()) return not_redfish(body, "a collection (Members)");
  std::vector<std::string> links;
  for (const json& each : members) {
    if (links.size() == kMostWords) break;
    links.push_back(link(member(each, {"@odata.id"})));
    if (links.back().empty()) return not_redfish(body, "links into the service");
  }
  return links;
}

Result<RedfishSystem> redfish_system(std::string_view body) {
  const json answer = json::parse(body, nullptr, false);
  RedfishSystem system;
  const json state = member(answer, {"PowerState"});
  system.power = reading_of(state);
  if (system.power == Reading::unknown) return not_redfish(body, "a system with its PowerState");
  const json reset = member(answer, {"Actions", "#ComputerSystem.Reset"});
  system.reset = link(member(reset, {"target"}));
  if (system.reset.empty()) return not_redfish(body, "a system that can be reset (#ComputerSystem.Reset)");
  const json types = member(reset, {"ResetType@Redfish.AllowableValues"});
  if (types.is_array()) system.reset_types = words(types);
  system.reset_info = link(member(reset, {"@Redfish.ActionInfo"}));
  system.etag = word(member(answer, {"@odata.etag"}));
  const json boot = member(answer, {"Boot"});
  system.boot_targets = words(member(boot, {"BootSourceOverrideTarget@Redfish.AllowableValues"}));
  system.boot_enabled = word(member(boot, {"BootSourceOverrideEnabled"}));
  system.boot_target = word(member(boot, {"BootSourceOverrideTarget"}));
  system.has_boot_mode = member(boot, {"BootSourceOverrideMode"}).is_string();
  return system;
}

Result<std::vector<std::string>> redfish_reset_types(std::string_view body) {
  const json parameters = member(json::parse(body, nullptr, false), {"Parameters"});
  if (parameters.is_array()) {
    for (const json& each : parameters) {
      if (member(each, {"Name"}) == "ResetType") return words(member(each, {"AllowableValues"}));
    }
  }
  return not_redfish(body, "the parameters of a reset (ActionInfo)");
}

}  // namespace rigbisect
