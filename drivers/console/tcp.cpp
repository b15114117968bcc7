#include <array>
#include <cerrno>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/text.h"
#include "drivers/console/reopening_console.h"
#include "drivers/registry.h"
#include "os/fd.h"

namespace rigbisect {
namespace {

struct Address {
  std::string host;
  std::string port;
  std::string text() const { return "tcp " + printable(host) + ":" + port; }
};

class TcpLine : public ConsoleLine {
 public:
  TcpLine(Fd socket, std::string name) : socket_(std::move(socket)), name_(std::move(name)) {}

  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) override {
    for (;;) {
      if (auto ready = wait(false, deadline, stop); !ready) return ready.error();
      const ssize_t count = ::recv(socket_.get(), into.data(), into.size(), MSG_DONTWAIT);
      if (count > 0) return static_cast<std::size_t>(count);
      if (count == 0) return Error{Errc::disconnected, name_ + ": the other side closed the connection"};
      if (!is_transient()) return Error{Errc::disconnected, errno_error(name_).what};
    }
  }

  Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) override {
    while (!bytes.empty()) {
      if (auto ready = wait(true, deadline, stop); !ready) return ready;
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count < 0 && !is_transient()) return Error{Errc::disconnected, errno_error(name_).what};
      if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
  }

  std::string describe() const override { return name_; }

 private:
  static bool is_transient() { return errno == EAGAIN || errno == EINTR; }

  Result<void> wait(bool write, Deadline deadline, std::stop_token stop) const {
    const std::array<int, 1> fds{socket_.get()};
    if (auto ready = wait_ready(fds, write, deadline, stop); !ready) return ready.error().within(name_);
    return {};
  }

  Fd socket_;
  std::string name_;
};

// A dead terminal server is noticed within half a minute, though a console may be silent for hours.
void keep_alive(int socket) {
  const auto set = [socket](int level, int name, int value) {
    ::setsockopt(socket, level, name, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(IPPROTO_TCP, TCP_KEEPCNT, 4);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
  set(IPPROTO_TCP, TCP_NODELAY, 1);
}

Result<Fd> connect_to(const addrinfo& peer, Deadline deadline, std::stop_token stop) {
  Fd socket(::socket(peer.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return errno_error("cannot make a socket");
  if (::connect(socket.get(), peer.ai_addr, peer.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return errno_error("cannot connect");
    const std::array<int, 1> fds{socket.get()};
    if (auto ready = wait_ready(fds, true, deadline, stop); !ready) return ready.error();
    socklen_t size = sizeof errno;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &errno, &size) != 0 || errno != 0) {
      return errno_error("cannot connect");
    }
  }
  keep_alive(socket.get());
  return socket;
}

// Name resolution is the one step that does not follow the deadline; an address instead of a name avoids it.
Result<std::shared_ptr<ConsoleLine>> open_line(const Address& address, Deadline deadline,
                                               const std::stop_token& stop) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (failure != 0) {
    return Error{Errc::not_found, address.text() + ": cannot resolve the host: " + ::gai_strerror(failure)};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> peers(found, ::freeaddrinfo);
  Error last{Errc::not_found, "the host has no address"};
  for (const addrinfo* peer = peers.get(); peer != nullptr; peer = peer->ai_next) {
    auto socket = connect_to(*peer, deadline, stop);
    if (socket)
      return std::shared_ptr<ConsoleLine>(std::make_shared<TcpLine>(std::move(*socket), address.text()));
    last = socket.error();
    if (last.code == Errc::cancelled) break;
  }
  return Error{last.code, address.text() + ": " + last.what + " (is the terminal server running?)"};
}

Result<std::unique_ptr<SerialConsole>> make(const DriverOptions& options, const DriverContext& context) {
  const Address address{options.text("host"), options.text("port")};
  const auto open = [address](Deadline deadline, const std::stop_token& stop) {
    return open_line(address, deadline, stop);
  };
  return ReopeningConsole::make(open, context.clock);
}

constexpr const char* kNotes =
    R"(The UART hangs on another machine or a terminal server that offers it as a raw TCP port: ser2net with a `tcp`
accepter, a Digi or Lantronix server in raw mode, `qemu -serial tcp:...`. Speed and framing are set there. Telnet and RFC 2217
are not spoken: choose the raw port.

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
      .notes = kNotes,
      .options =
          {
              {.name = "host", .required = true, .help = "name or address of the server"},
              {.name = "port",
               .type = OptionType::integer,
               .required = true,
               .help = "its raw TCP port for this UART",
               .min = 1,
               .max = 65535},
          },
      .make = make,
  };
}

}  // namespace rigbisect
