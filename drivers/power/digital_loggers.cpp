#include "drivers/power/http_outlet.h"
#include "drivers/power/http_replies.h"
#include "drivers/registry.h"

namespace rigbisect {
namespace {

// PUT /restapi/relay/outlets/=0/state/ with "value=true" and the header X-CSRF -> 204; GET the same -> true.
// Digest authentication. Outlets count from 0 here and from 1 on the box.
Result<std::unique_ptr<PowerSwitch>> make_digital_loggers(const DriverOptions& options,
                                                          const DriverContext& context) {
  auto client = HttpClient::make(options);
  if (!client) return client.error().within("digital-loggers");
  const long outlet = options.integer("outlet");
  const std::string path = "/restapi/relay/outlets/=" + std::to_string(outlet - 1) + "/state/";
  const auto put = [&](const char* value) {
    return HttpRequest{.path = path,
                       .method = "PUT",
                       .body = std::string("value=") + value,
                       .content_type = "application/x-www-form-urlencoded",
                       .headers = {"X-CSRF: x"}};
  };
  HttpDialect dialect;
  dialect.name = "digital-loggers " + client->name() + " outlet " + std::to_string(outlet);
  dialect.on = put("true");
  dialect.off = put("false");
  dialect.status = HttpRequest{.path = path, .headers = {"Accept: application/json"}};
  dialect.reading = [](const std::string& body) { return dli_reading(body); };
  return http_switch(std::move(*client), std::move(dialect), options, context.clock);
}

constexpr const char* kDigitalLoggersNotes =
    R"(Web power switches of Digital Loggers with the REST interface (Pro, Ethernet Power Controller 7 and later).

Wiring: the board's supply in one outlet. Enable "Allow REST-style API" in the device (External APIs), give rigbisect a
user that may switch this outlet, and set the outlet's state after a power loss to off or last.

Each switching is read back; the state is what the relay was told.

  power:
    driver: digital-loggers
    url: http://dli-1.lab
    outlet: 5
    user: rigbisect
    password: {file: /etc/rigbisect/dli.password}

Source of the protocol: Digital Loggers REST API reference (relay/outlets), as used by labgrid's dlipower backend.)";

}  // namespace

DriverRow<PowerSwitch> digital_loggers_driver() {
  return {
      .name = "digital-loggers",
      .summary = "Digital Loggers web power switches over their REST interface",
      .notes = kDigitalLoggersNotes,
      .options = http_outlet_options({.name = "outlet",
                                      .type = OptionType::integer,
                                      .required = true,
                                      .help = "which outlet, counted from 1 as on the box",
                                      .min = 1,
                                      .max = 64},
                                     false),
      .make = make_digital_loggers,
  };
}

}  // namespace rigbisect
