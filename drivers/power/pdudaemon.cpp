#include "base/text.h"
#include "drivers/power/http_outlet.h"
#include "drivers/registry.h"

namespace rigbisect {
namespace {

// GET /power/control/on?hostname=PDU&port=1 -> 200 when the daemon's driver is done, 500 for an unknown PDU.
// There is no way to ask for a state.
Result<std::unique_ptr<PowerSwitch>> make_pdudaemon(const DriverOptions& options,
                                                    const DriverContext& context) {
  auto client = HttpClient::make(options);
  if (!client) return client.error().within("pdudaemon");
  const std::string& pdu = options.text("pdu");
  const std::string& outlet = options.text("outlet");
  const std::string query = "?hostname=" + url_escape(pdu) + "&port=" + url_escape(outlet);
  HttpDialect dialect;
  dialect.name = "pdudaemon " + client->name() + " " + printable(pdu) + " outlet " + printable(outlet);
  dialect.on = {.path = "/power/control/on" + query};
  dialect.off = {.path = "/power/control/off" + query};
  return http_switch(std::move(*client), std::move(dialect), options, context.clock);
}

constexpr const char* kPdudaemonNotes =
    R"(Outlets that a pdudaemon of the site switches (LAVA labs have one).

pdudaemon answers when it has told the device, and cannot be asked for a state: the switch is trusted. Where rigbisect has
a driver for the device itself, that one reads back and is the better choice. Listener `http` in pdudaemon.conf.

  power:
    driver: pdudaemon
    url: http://lava-dispatcher.lab:16421
    pdu: rack1-apc
    outlet: "3"

Source of the protocol: pdudaemon's README and httplistener.py; seen with Debian's pdudaemon 0.0.8.)";

}  // namespace

DriverRow<PowerSwitch> pdudaemon_driver() {
  auto options = HttpClient::options();
  options.insert(options.begin() + 1,
                 {{.name = "pdu", .required = true, .help = "the PDU's name in pdudaemon.conf"},
                  {.name = "outlet", .required = true, .help = "the PDU's port, as its driver calls it"}});
  return {
      .name = "pdudaemon",
      .summary = "outlets that the site's pdudaemon switches (cannot be read back)",
      .notes = kPdudaemonNotes,
      .options = std::move(options),
      .make = make_pdudaemon,
  };
}

}  // namespace rigbisect
