#include "drivers/console/com_port.h"
#include "drivers/console/console_options.h"
#include "drivers/console/telnet_line.h"
#include "drivers/registry.h"

namespace rigbisect {
namespace {

class ComPortLine : public TelnetLine {
 public:
  ComPortLine(TcpStream stream, const ComPortSettings& settings, Clock& clock)
      : TelnetLine(std::move(stream), {TelnetOption::com_port}), port_(settings), clock_(clock) {}

  // Until speed and framing are as wanted.
  Result<void> set_up(Deadline deadline, std::stop_token stop) {
    if (auto greeted = greet(deadline, stop); !greeted) return greeted;
    while (!agreed(TelnetOption::com_port)) {
      if (refused(TelnetOption::com_port)) {
        return Error{Errc::invalid,
                     describe() +
                         ": the server does not let the port be set (RFC 2217): allow it there, or "
                         "use the driver telnet"};
      }
      if (auto came = await("say whether it speaks RFC 2217", deadline, stop); !came) return came;
    }
    if (auto asked = send(port_.requests(), deadline, stop); !asked) return asked;
    for (;;) {
      const auto confirmed = is_confirmed();
      if (!confirmed) return confirmed.error().within(describe());
      if (*confirmed) return {};
      if (auto came = await("confirm speed and framing", deadline, stop); !came) return came;
    }
  }

  std::optional<LineErrors> line_errors() override {
    const std::lock_guard lock(port_mutex_);
    return port_.line_errors();
  }

  std::optional<bool> lines_driven() override {
    const std::lock_guard lock(port_mutex_);
    return port_.lines_driven();
  }

  Result<void> send_break(Deadline deadline, std::stop_token stop) override {
    const auto set = [&](bool on) { return send(ComPort::set_break(on), deadline, {}); };
    return hold_break(clock_, set, std::move(stop));
  }

 private:
  void take_message(std::string_view message) override {
    if (static_cast<TelnetOption>(message.front()) != TelnetOption::com_port) return;
    const std::lock_guard lock(port_mutex_);
    port_.take(message.substr(1));
  }

  Result<bool> is_confirmed() {
    const std::lock_guard lock(port_mutex_);
    return port_.confirmed();
  }

  Result<void> await(const char* what, Deadline deadline, const std::stop_token& stop) {
    auto came = receive(deadline, stop);
    if (!came && came.error().code == Errc::timeout) {
      return Error{Errc::timeout, describe() + ": the server did not " + what +
                                      " in time: is this its telnet "
                                      "port with RFC 2217?"};
    }
    return came;
  }

  std::mutex port_mutex_;
  ComPort port_;  // guarded by port_mutex_
  Clock& clock_;
};

ComPortSettings port_settings(const DriverOptions& options) {
  const std::string& framing = options.text("framing");
  const std::string& flow = options.text("flow");
  const char parity = framing[1];
  return {.baud = static_cast<std::uint32_t>(options.integer("baud")),
          .data_bits = static_cast<std::uint8_t>(framing[0] - '0'),
          .parity = static_cast<std::uint8_t>(parity == 'O' ? 2 : (parity == 'E' ? 3 : 1)),
          .stop_bits = static_cast<std::uint8_t>(framing[2] - '0'),
          .flow_control = static_cast<std::uint8_t>(flow == "rtscts" ? 3 : (flow == "xonxoff" ? 2 : 1))};
}

Result<std::unique_ptr<SerialConsole>> make_rfc2217(const DriverOptions& options,
                                                    const DriverContext& context) {
  const TcpAddress address{options.text("host"), options.text("port")};
  const auto open = [address, settings = port_settings(options), &clock = context.clock](
                        Deadline deadline,
                        const std::stop_token& stop) -> Result<std::shared_ptr<ConsoleLine>> {
    auto stream = TcpStream::connect(address, "rfc2217 " + address.text(), deadline, stop);
    if (!stream) return stream.error();
    const auto line = std::make_shared<ComPortLine>(std::move(*stream), settings, clock);
    if (auto ready = line->set_up(deadline, stop); !ready) return ready.error();
    return std::shared_ptr<ConsoleLine>(line);
  };
  return ReopeningConsole::make(open, context.clock);
}

constexpr const char* kRfc2217Notes =
    R"(The UART hangs on another machine or a terminal server that lets speed and framing be set over the network: ser2net
with `accepter: telnet(rfc2217),tcp,2001`, most Digi, Moxa, Lantronix and Opengear servers. They are set at each connection
and must be confirmed; a server that sets something else is an error, not a log full of garbage.

The server is asked to report overruns, framing and parity errors and breaks. What it reports is counted and told with
the run, if it does report: many do not, ser2net among them. `board console` sends a break with Ctrl-\.

The connection is neither encrypted nor authenticated: use it inside the lab only. When it is lost it is made anew; the
gap is noted in the console log. Most servers let one client in at a time.

  console:
    driver: rfc2217
    host: 10.77.0.5
    port: 2001
    baud: 115200

Source: RFC 2217 (COM port control over telnet), checked against ser2net 4.3.)";

}  // namespace

DriverRow<SerialConsole> rfc2217_driver() {
  return {
      .name = "rfc2217",
      .summary = "UART behind telnet with COM port control (ser2net, terminal server)",
      .notes = kRfc2217Notes,
      .options = joined(server_options("its telnet port for this UART"), uart_options()),
      .make = make_rfc2217,
  };
}

}  // namespace rigbisect
