#include "netboot/socket.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <asio/buffer.hpp>
#include <asio/ip/udp.hpp>
#include <netinet/in.h>
#include <sys/socket.h>

namespace rigbisect::netboot {

namespace {

constexpr int backlog = 32;
// Small enough that "sent" means "nearly there", large enough for a gigabit link.
constexpr int send_buffer = 256 * 1024;

sockaddr_in socket_address(Ipv4 address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(address.value);
  return result;
}

template <typename T>
bool set_option(const Fd& socket, int level, int name, const T& value) {
  return ::setsockopt(socket.get(), level, name, &value, sizeof value) == 0;
}

Result<void> bind_to(const Fd& socket, const Interface& interface, Ipv4 address, std::uint16_t port,
                     bool tcp) {
  const std::string what = std::string("boot service: ") + (tcp ? "TCP" : "UDP") + " port " +
                           std::to_string(port) + " on " + interface.name;
  const std::string& name = interface.name;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(),
                   static_cast<socklen_t>(name.size() + 1)) != 0)
    return errno_error(what);
  const sockaddr_in local = socket_address(address, port);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0) return {};
  if (errno == EADDRINUSE)
    return Error{Errc::busy,
                 what + " is in use" + port_holder(port, tcp) +
                     ": stop that program (often dnsmasq or isc-dhcp-server) or keep it off this interface"};
  if (errno == EACCES)
    return Error{Errc::denied,
                 what + ": no permission; run as root or with CAP_NET_BIND_SERVICE and CAP_NET_RAW"};
  return errno_error(what);
}

}  // namespace

Result<Fd> open_udp(const Interface& interface, Ipv4 address, std::uint16_t port) {
  Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return errno_error("boot service: UDP socket");
  if (!set_option(socket, SOL_SOCKET, SO_BROADCAST, 1)) return errno_error("boot service: allow broadcasts");
  if (auto bound = bind_to(socket, interface, address, port, false); !bound) return bound.error();
  return socket;
}

Result<Fd> open_tcp_listener(const Interface& interface, std::uint16_t port) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return errno_error("boot service: TCP socket");
  // A listener that was closed a moment ago leaves connections behind that block the port.
  if (!set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1) ||
      !set_option(socket, SOL_SOCKET, SO_SNDBUF, send_buffer))
    return errno_error("boot service: TCP socket options");
  if (auto bound = bind_to(socket, interface, interface.subnet.address, port, true); !bound)
    return bound.error();
  if (::listen(socket.get(), backlog) != 0) return errno_error("boot service: listen for HTTP");
  return socket;
}

std::uint16_t local_port(const Fd& socket) {
  sockaddr_in local{};
  socklen_t size = sizeof local;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&local), &size) != 0) return 0;
  return ntohs(local.sin_port);
}

struct UdpSocket::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, const Interface& on, Handler h, FailureHandler f)
      : socket(io), interface(on), handler(std::move(h)), failed(std::move(f)) {}

  void receive() {
    socket.async_receive_from(asio::buffer(buffer), peer,
                              [self = shared_from_this()](const std::error_code& error, std::size_t size) {
                                self->received(error, size);
                              });
  }

  void received(const std::error_code& error, std::size_t size) {
    if (closed) return;
    if (error && ++errors >= errors_before_failure) {
      failed({Errc::io, "boot service: receiving on " + interface.name + ": " + error.message()});
      return;
    }
    if (!error) {
      errors = 0;
      handler(std::span(buffer).first(size), Ipv4{peer.address().to_v4().to_uint()}, peer.port());
    }
    if (!closed) receive();
  }

  asio::ip::udp::socket socket;
  const Interface interface;
  Handler handler;
  FailureHandler failed;
  asio::ip::udp::endpoint peer;
  std::array<std::uint8_t, 4096> buffer{};  // no request of either protocol is longer
  unsigned errors = 0;
  bool closed = false;
};

UdpSocket::UdpSocket(asio::io_context& io, Fd socket, const Interface& interface, Handler handler,
                     FailureHandler failed)
    : state_(std::make_shared<State>(io, interface, std::move(handler), std::move(failed))) {
  std::error_code error;
  if (state_->socket.assign(asio::ip::udp::v4(), socket.get(), error); error) {
    state_->failed({Errc::internal, "boot service: " + error.message()});
    return;
  }
  socket.release();
  state_->receive();
}

UdpSocket::~UdpSocket() {
  state_->closed = true;
  std::error_code ignored;  // closing is all we want
  state_->socket.close(ignored);
}

void UdpSocket::send(std::span<const std::uint8_t> bytes, Ipv4 to, std::uint16_t port) {
  sockaddr_in remote = socket_address(to, port);
  iovec data{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> control{};
  msghdr message{};
  message.msg_name = &remote;
  message.msg_namelen = sizeof remote;
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = IPPROTO_IP;
  header->cmsg_type = IP_PKTINFO;
  header->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
  in_pktinfo from{};
  from.ipi_ifindex = state_->interface.index;
  from.ipi_spec_dst.s_addr = htonl(state_->interface.subnet.address.value);
  std::memcpy(CMSG_DATA(header), &from, sizeof from);
  (void)::sendmsg(state_->socket.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace rigbisect::netboot
