#include "drivers/console/console_options.h"
#include "drivers/console/reopening_console.h"
#include "drivers/registry.h"
#include "drivers/tcp_stream.h"

namespace rigbisect {
namespace {

class TcpLine : public ConsoleLine {
 public:
  explicit TcpLine(TcpStream stream) : stream_(std::move(stream)) {}

  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) override {
    return stream_.read(into, deadline, stop);
  }
  Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) override {
    return stream_.write(bytes, deadline, stop);
  }
  std::string describe() const override { return stream_.name(); }

 private:
  TcpStream stream_;
};

Result<std::unique_ptr<SerialConsole>> make_tcp(const DriverOptions& options, const DriverContext& context) {
  const TcpAddress address{options.text("host"), options.text("port")};
  const auto open = [address](Deadline deadline,
                              const std::stop_token& stop) -> Result<std::shared_ptr<ConsoleLine>> {
    auto stream = TcpStream::connect(address, "tcp " + address.text(), deadline, stop);
    if (!stream) return stream.error();
    return std::shared_ptr<ConsoleLine>(std::make_shared<TcpLine>(std::move(*stream)));
  };
  return ReopeningConsole::make(open, context.clock);
}

constexpr const char* kTcpNotes =
    R"(The UART hangs on another machine or a terminal server that offers it as a raw TCP port: ser2net with a `tcp`
accepter, a Digi or Lantronix server in raw mode, `qemu -serial tcp:...`. Speed and framing are set there. Telnet and
RFC 2217 have drivers of their own, `telnet` and `rfc2217`.

Most servers let one client in at a time: end other sessions first. A lost connection is made anew; the gap is noted in
the console log. A dead server is noticed within 30 s (TCP keepalive). The connection is neither encrypted nor
authenticated: use it inside the lab only.

  console:
    driver: tcp
    host: 10.77.0.5
    port: 2001

Source: RFC 9293 (TCP), tcp(7) for keepalive.)";

}  // namespace

DriverRow<SerialConsole> tcp_driver() {
  return {
      .name = "tcp",
      .summary = "UART behind a raw TCP port (ser2net, terminal server)",
      .notes = kTcpNotes,
      .options = server_options("its raw TCP port for this UART"),
      .make = make_tcp,
  };
}

}  // namespace rigbisect
