#include "drivers/power/http_outlet.h"
#include "drivers/power/http_replies.h"
#include "drivers/registry.h"

namespace rigbisect {
namespace {

// GET /cm?cmnd=Power1%20On -> {"POWER1":"ON"}, or {"POWER":"ON"} of a device with one relay. Credentials are
// a part of the query: that is Tasmota's way, and why it wants a network of its own.
HttpRequest command(const HttpAccess& access, const std::string& words) {
  const std::string who = access.user.empty() ? ""
                                              : "user=" + url_escape(access.user) +
                                                    "&password=" + url_escape(access.password) + "&";
  return {.path = "/cm?" + who + "cmnd=" + url_escape(words)};
}

Result<std::unique_ptr<PowerSwitch>> make_tasmota(const DriverOptions& options,
                                                  const DriverContext& context) {
  const auto client = HttpClient::make(options);
  if (!client) return client.error().within("tasmota");
  const long relay = options.integer("relay");
  const std::string power = "Power" + std::to_string(relay);
  HttpDialect dialect;
  dialect.name = "tasmota " + client->name() + " relay " + std::to_string(relay);
  dialect.on = command(client->access(), power + " On");
  dialect.off = command(client->access(), power + " Off");
  dialect.status = command(client->access(), power);
  dialect.meter = command(client->access(), "Status 8");
  dialect.reading = [relay](const std::string& body) { return tasmota_reading(body, relay); };
  dialect.watts = [](const std::string& body) { return tasmota_watts(body); };
  dialect.command_reports = true;
  HttpAccess plain = client->access();
  plain.user.clear();  // they are in the query
  return http_switch(HttpClient(plain), std::move(dialect), options, context.clock);
}

constexpr const char* kTasmotaNotes =
    R"(Smart plugs and relays with the firmware Tasmota, over their local web server.

Wiring: between the wall and the board's supply, the plug within its rating. Set `PowerOnState 0` (off after a power
failure) and a web password in the device. It travels in the clear: give such plugs a network of their own.

Each switching is read back. Models with a meter show their watts; with `off_below: 5` "off" is believed only when so
little flows.

  power:
    driver: tasmota
    url: http://plug-7.lab
    user: admin
    password: {file: /etc/rigbisect/tasmota.password}

Source of the protocol: tasmota.github.io/docs/Commands (Power<x>, Status 8, PowerOnState).)";

}  // namespace

DriverRow<PowerSwitch> tasmota_driver() {
  return {
      .name = "tasmota",
      .summary = "plugs and relays with Tasmota over HTTP",
      .notes = kTasmotaNotes,
      .options = http_outlet_options({.name = "relay",
                                      .type = OptionType::integer,
                                      .default_value = "1",
                                      .help = "which relay of the device, counted from 1",
                                      .min = 1,
                                      .max = 32},
                                     true),
      .make = make_tasmota,
  };
}

}  // namespace rigbisect
