#include "drivers/power/http_outlet.h"
#include "drivers/power/http_replies.h"
#include "drivers/registry.h"

namespace rigbisect {
namespace {

// First generation: GET /relay/0?turn=on -> {"ison":true,"has_timer":false,...}, with &timer=5 back again
// after 5 s; GET /meter/0 -> {"power":12.3,...}.
HttpDialect first_generation(const std::string& relay) {
  HttpDialect dialect;
  dialect.on = {.path = "/relay/" + relay + "?turn=on"};
  dialect.off = {.path = "/relay/" + relay + "?turn=off"};
  dialect.cycle = [off = dialect.off.path](long seconds) {
    return HttpRequest{.path = off + "&timer=" + std::to_string(seconds)};
  };
  dialect.status = HttpRequest{.path = "/relay/" + relay};
  dialect.meter = HttpRequest{.path = "/meter/" + relay};
  dialect.reading = [](const std::string& body) { return shelly1_reading(body); };
  dialect.watts = [](const std::string& body) { return shelly1_watts(body); };
  dialect.command_reports = true;
  return dialect;
}

// Second and later: POST /rpc {"id":1,"method":"Switch.GetStatus","params":{"id":0}} ->
// {"id":1,"result":{"id":0,"output":true,"apower":12.3,...}}. The answer to Switch.Set holds the state
// before; with "toggle_after":5 it goes back again after 5 s.
HttpDialect second_generation(const std::string& relay) {
  const auto call = [relay](const std::string& method, const std::string& more) {
    return HttpRequest{
        .path = "/rpc",
        .method = "POST",
        .body = R"({"id":1,"method":"Switch.)" + method + R"(","params":{"id":)" + relay + more + "}}",
        .content_type = "application/json"};
  };
  HttpDialect dialect;
  dialect.on = call("Set", R"(,"on":true)");
  dialect.off = call("Set", R"(,"on":false)");
  dialect.cycle = [call](long seconds) {
    return call("Set", R"(,"on":false,"toggle_after":)" + std::to_string(seconds));
  };
  dialect.status = call("GetStatus", "");
  dialect.meter = dialect.status;
  dialect.reading = [](const std::string& body) { return shelly2_reading(body); };
  dialect.watts = [](const std::string& body) { return shelly2_watts(body); };
  return dialect;
}

Result<std::unique_ptr<PowerSwitch>> make_shelly(const DriverOptions& options, const DriverContext& context) {
  auto client = HttpClient::make(options);
  if (!client) return client.error().within("shelly");
  const std::string& relay = options.text("relay");
  HttpDialect dialect =
      options.text("generation") == "1" ? first_generation(relay) : second_generation(relay);
  dialect.name = "shelly " + client->name() + " relay " + relay;
  return http_switch(std::move(*client), std::move(dialect), options, context.clock);
}

constexpr const char* kShellyNotes =
    R"(Smart plugs and relays of Shelly, over their local web server; no cloud is needed.

Wiring: between the wall and the board's supply, the plug within its rating. Set "power on default" to off or last state
in the device, a fixed address, and a password. Generation 1 has names such as SHSW and SHPLG, every later one (Plus, Pro,
Gen3) speaks like generation 2; the user is admin there.

Each switching is read back. `board power cycle` is one command, and the device's own timer switches on again (not with `off_below`).
Models with a meter show their watts; with `off_below: 5` "off" is believed only when so
little flows.

  power:
    driver: shelly
    url: http://plug-3.lab
    generation: "2"
    relay: 0
    user: admin
    password: {file: /etc/rigbisect/shelly.password}

Source of the protocol: shelly-api-docs.shelly.cloud (Gen1: /relay, /meter; Gen2: Switch.Set, Switch.GetStatus).)";

}  // namespace

DriverRow<PowerSwitch> shelly_driver() {
  auto options = http_outlet_options({.name = "relay",
                                      .type = OptionType::integer,
                                      .default_value = "0",
                                      .help = "which relay of the device, counted from 0",
                                      .min = 0,
                                      .max = 15},
                                     true);
  options.push_back({.name = "generation",
                     .default_value = "2",
                     .help = "1 for the first Shellys, 2 for all later ones",
                     .choices = {"1", "2"}});
  return {
      .name = "shelly",
      .summary = "Shelly plugs and relays over HTTP",
      .notes = kShellyNotes,
      .options = std::move(options),
      .make = make_shelly,
  };
}

}  // namespace rigbisect
