#include "drivers/power/http_outlet.h"
#include "drivers/power/http_replies.h"
#include "drivers/registry.h"

namespace rigbisect {
namespace {

// POST /netio.json {"Outputs":[{"ID":1,"Action":1}]} (0 off, 1 on) -> the same document as GET /netio.json:
// {"Agent":{...},"Outputs":[{"ID":1,"State":1,"Load":12,...}]}.
Result<std::unique_ptr<PowerSwitch>> make_netio(const DriverOptions& options, const DriverContext& context) {
  auto client = HttpClient::make(options);
  if (!client) return client.error().within("netio");
  const long outlet = options.integer("outlet");
  const auto action = [outlet](const char* number) {
    return HttpRequest{
        .path = "/netio.json",
        .method = "POST",
        .body = R"({"Outputs":[{"ID":)" + std::to_string(outlet) + R"(,"Action":)" + number + "}]}",
        .content_type = "application/json"};
  };
  HttpDialect dialect;
  dialect.name = "netio " + client->name() + " outlet " + std::to_string(outlet);
  dialect.on = action("1");
  dialect.off = action("0");
  dialect.status = HttpRequest{.path = "/netio.json"};
  dialect.meter = dialect.status;
  dialect.reading = [outlet](const std::string& body) { return netio_reading(body, outlet); };
  dialect.watts = [outlet](const std::string& body) { return netio_watts(body, outlet); };
  dialect.command_reports = true;
  return http_switch(std::move(*client), std::move(dialect), options, context.clock);
}

constexpr const char* kNetioNotes =
    R"(Power sockets of NETIO (PowerPDU, PowerCable, PowerBOX) over their JSON interface.

Wiring: the board's supply in one outlet. Enable "JSON API" with read and write in the device (M2M API protocols) and
give it a user and a password. Set the outlet's state after power-up to off or last.

Each switching is read back. Outlets with a meter show their watts; with `off_below: 5` "off" is believed only when so
little flows.

  power:
    driver: netio
    url: http://netio-1.lab
    outlet: 2
    user: netio
    password: {file: /etc/rigbisect/netio.password}

Source of the protocol: NETIO AN "JSON over HTTP(s) protocol", manual p. 30.)";

}  // namespace

DriverRow<PowerSwitch> netio_driver() {
  return {
      .name = "netio",
      .summary = "NETIO power sockets over HTTP with JSON",
      .notes = kNetioNotes,
      .options = http_outlet_options({.name = "outlet",
                                      .type = OptionType::integer,
                                      .required = true,
                                      .help = "which outlet, counted from 1",
                                      .min = 1,
                                      .max = 64},
                                     true),
      .make = make_netio,
  };
}

}  // namespace rigbisect
