#include "drivers/tcp_stream.h"

#include <array>
#include <cerrno>
#include <memory>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/text.h"

namespace rigbisect {
namespace {

bool is_transient() {
  return errno == EAGAIN || errno == EINTR;
}

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

}  // namespace

std::string TcpAddress::text() const {
  return printable(host) + ":" + port;
}

Result<TcpStream> TcpStream::connect(const TcpAddress& address, std::string name, Deadline deadline,
                                     std::stop_token stop) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (failure != 0) {
    return Error{Errc::not_found, name + ": cannot resolve the host: " + ::gai_strerror(failure)};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> peers(found, ::freeaddrinfo);
  Error last{Errc::not_found, "the host has no address"};
  for (const addrinfo* peer = peers.get(); peer != nullptr; peer = peer->ai_next) {
    auto socket = connect_to(*peer, deadline, stop);
    if (socket) return TcpStream(std::move(*socket), std::move(name));
    last = socket.error();
    if (last.code == Errc::cancelled) break;
  }
  return Error{last.code, name + ": " + last.what + " (does anything listen there?)"};
}

Result<std::size_t> TcpStream::read(std::span<char> into, Deadline deadline, std::stop_token stop) {
  for (;;) {
    if (auto ready = wait(false, deadline, stop); !ready) return ready.error();
    const ssize_t count = ::recv(socket_.get(), into.data(), into.size(), MSG_DONTWAIT);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0) return Error{Errc::disconnected, name_ + ": the other side closed the connection"};
    if (!is_transient()) return Error{Errc::disconnected, errno_error(name_).what};
  }
}

Result<void> TcpStream::write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) {
  while (!bytes.empty()) {
    if (auto ready = wait(true, deadline, stop); !ready) return ready;
    const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && !is_transient()) return Error{Errc::disconnected, errno_error(name_).what};
    if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> TcpStream::wait(bool write, Deadline deadline, std::stop_token stop) const {
  const std::array<int, 1> fds{socket_.get()};
  if (auto ready = wait_ready(fds, write, deadline, stop); !ready) return ready.error().within(name_);
  return {};
}

}  // namespace rigbisect
