#include "drivers/power/http_replies.h"

#include "base/text.h"
#include "drivers/json_reply.h"

namespace rigbisect {
namespace {

using nlohmann::json;

Error not_understood(std::string_view body, const std::string& expected) {
  return Error{Errc::protocol, "the device answers '" + printable(body.substr(0, kShownOfReply)) +
                                   "' instead of " + expected + ": is it this model?"};
}

json parse(std::string_view body) {
  return json::parse(body, nullptr, false);  // "discarded" if it is none
}

Result<Reading> from_boolean(const json& value, std::string_view body, const std::string& expected) {
  if (!value.is_boolean()) return not_understood(body, expected);
  return value.get<bool>() ? Reading::on : Reading::off;
}

std::optional<double> number(const json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

// The outlet of a NETIO answer; null if it is not there.
json netio_outlet(std::string_view body, long outlet) {
  const json outputs = member(parse(body), {"Outputs"});
  if (!outputs.is_array()) return nullptr;
  for (const json& each : outputs) {
    if (member(each, {"ID"}) == outlet) return each;
  }
  return nullptr;
}

}  // namespace

Result<Reading> shelly1_reading(std::string_view body) {
  return from_boolean(member(parse(body), {"ison"}), body, "a relay's state (ison)");
}

Result<std::optional<double>> shelly1_watts(std::string_view body) {
  return number(member(parse(body), {"power"}));
}

Result<Reading> shelly2_reading(std::string_view body) {
  const json answer = parse(body);
  if (const json message = member(answer, {"error", "message"}); message.is_string()) {
    return Error{Errc::protocol,
                 "the device refuses: " + printable(message.get<std::string>().substr(0, kShownOfReply))};
  }
  return from_boolean(member(answer, {"result", "output"}), body, "a switch's state (output)");
}

Result<std::optional<double>> shelly2_watts(std::string_view body) {
  return number(member(parse(body), {"result", "apower"}));
}

Result<Reading> tasmota_reading(std::string_view body, long relay) {
  const json answer = parse(body);
  if (member(answer, {"WARNING"}).is_string()) {
    return Error{Errc::denied, "the device refuses user or password"};
  }
  json state = member(answer, {("POWER" + std::to_string(relay)).c_str()});
  if (state.is_null() && relay == 1) state = member(answer, {"POWER"});
  if (state == "ON") return Reading::on;
  if (state == "OFF") return Reading::off;
  return not_understood(body, "POWER" + std::to_string(relay));
}

Result<std::optional<double>> tasmota_watts(std::string_view body) {
  return number(member(parse(body), {"StatusSNS", "ENERGY", "Power"}));
}

Result<Reading> netio_reading(std::string_view body, long outlet) {
  const json state = member(netio_outlet(body, outlet), {"State"});
  if (state == 1) return Reading::on;
  if (state == 0) return Reading::off;
  return not_understood(body, "the state of output " + std::to_string(outlet));
}

Result<std::optional<double>> netio_watts(std::string_view body, long outlet) {
  return number(member(netio_outlet(body, outlet), {"Load"}));
}

Result<Reading> dli_reading(std::string_view body) {
  return from_boolean(parse(trim(body)), body, "true or false");
}

Result<Reading> described_reading(std::string_view body, const DescribedState& state) {
  std::string value(trim(body));
  if (!state.pointer.empty()) {
    const json answer = parse(body);
    try {
      const json& found = answer.at(json::json_pointer(state.pointer));
      value = found.is_string() ? found.get<std::string>() : found.dump();
    } catch (const json::exception&) {
      return not_understood(body, "JSON with " + printable(state.pointer));
    }
  }
  if (value == state.on) return Reading::on;
  if (value == state.off) return Reading::off;
  return not_understood(value, "'" + printable(state.on) + "' or '" + printable(state.off) + "'");
}

}  // namespace rigbisect
