#include "drivers/console/console_options.h"
#include "drivers/console/telnet_line.h"
#include "drivers/registry.h"

namespace rigbisect {
namespace {

Result<std::unique_ptr<SerialConsole>> make_telnet(const DriverOptions& options,
                                                   const DriverContext& context) {
  const TcpAddress address{options.text("host"), options.text("port")};
  const auto open = [address](Deadline deadline,
                              const std::stop_token& stop) -> Result<std::shared_ptr<ConsoleLine>> {
    auto stream = TcpStream::connect(address, "telnet " + address.text(), deadline, stop);
    if (!stream) return stream.error();
    const auto line = std::make_shared<TelnetLine>(std::move(*stream), std::vector<TelnetOption>{});
    if (auto greeted = line->greet(deadline, stop); !greeted) return greeted.error();
    return std::shared_ptr<ConsoleLine>(line);
  };
  return ReopeningConsole::make(open, context.clock);
}

constexpr const char* kTelnetNotes =
    R"(The UART hangs on a terminal server that offers it by telnet: a Cisco, Digi, Lantronix or Opengear server, ser2net
with a `telnet` accepter, `qemu -serial telnet:...`. Speed and framing are set there; where the server can have them set
over the network (RFC 2217), use the driver `rfc2217` instead.

Binary transmission is asked for, so that every byte passes. A server that refuses it gets carriage returns as telnet's
text mode has them. A login of the server's own is not answered: switch it off for this port. `board console` sends a
break with Ctrl-\ (IAC BRK), if the server passes it on.

The connection is neither encrypted nor authenticated: use it inside the lab only. When it is lost it is made anew; the
gap is noted in the console log.

  console:
    driver: telnet
    host: 10.77.0.5
    port: 2001

Source: RFC 854, 855, 856 (binary), 858 (suppress go ahead), 1143 (negotiation without loops).)";

}  // namespace

DriverRow<SerialConsole> telnet_driver() {
  return {
      .name = "telnet",
      .summary = "UART behind a telnet port (terminal server)",
      .notes = kTelnetNotes,
      .options = server_options("its telnet port for this UART"),
      .make = make_telnet,
  };
}

}  // namespace rigbisect
