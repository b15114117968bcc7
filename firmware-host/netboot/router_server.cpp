#include "netboot/router_server.h"

#include <array>
#include <cerrno>

#include <asio/buffer.hpp>
#include <asio/generic/raw_protocol.hpp>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "netboot/router_advert.h"
#include "netboot/socket.h"

namespace rigbisect::netboot {

namespace {

// Lets only ICMPv6 router solicitations through: the traffic of the kernel under test is not our business.
Result<void> filter_solicitations(const Fd& socket) {
  std::array<sock_filter, 6> program = {{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),          // next header
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 58, 0, 3),   // ICMPv6
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54),          // its type
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 133, 0, 1),  // router solicitation
      BPF_STMT(BPF_RET | BPF_K, 0xffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0)
    return errno_error("boot service: packet filter");
  return {};
}

Result<Fd> open_packet_socket(const Interface& interface) {
  // Protocol 0 receives nothing until bind(), so nothing slips in before the filter.
  Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid() && errno == EPERM)
    return Error{Errc::denied,
                 "boot service: no permission for a packet socket; run as root or with CAP_NET_RAW"};
  if (!socket.valid()) return errno_error("boot service: packet socket");
  if (auto filtered = filter_solicitations(socket); !filtered) return filtered.error();
  sockaddr_ll local{};
  local.sll_family = AF_PACKET;
  local.sll_protocol = htons(ethertype_ipv6);
  local.sll_ifindex = interface.index;
  // So that solicitations reach us also without IPv6 on this host, which would join their multicast group.
  const packet_mreq all{interface.index, PACKET_MR_ALLMULTI, 0, {}};
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0 ||
      ::setsockopt(socket.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) != 0)
    return errno_error("boot service: packet socket on " + interface.name);
  return socket;
}

}  // namespace

struct RouterServer::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, const Interface& on, const Offers& all, FailureHandler f)
      : socket(io), interface(on), offers(all), failed(std::move(f)) {}

  void receive() {
    socket.async_receive(asio::buffer(buffer),
                         [self = shared_from_this()](const std::error_code& error, std::size_t size) {
                           self->received(error, size);
                         });
  }

  void received(const std::error_code& error, std::size_t size) {
    if (closed) return;
    if (error && ++errors >= errors_before_failure)
      return failed({Errc::io, "boot service: packets on " + interface.name + ": " + error.message()});
    if (!error) {
      errors = 0;
      reply(std::span(buffer).first(size));
    }
    receive();
  }

  void reply(std::span<const std::uint8_t> frame) {
    const auto mac = solicitation_from(frame);
    if (!mac || !offers.in_firmware(*mac)) return;
    const auto advertisement = advertisement_for(frame, interface.mac);
    // A lost one is asked for again.
    (void)::send(socket.native_handle(), advertisement.data(), advertisement.size(),
                 MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  asio::generic::raw_protocol::socket socket;
  const Interface interface;
  const Offers& offers;
  FailureHandler failed;
  std::array<std::uint8_t, 2048> buffer{};
  unsigned errors = 0;
  bool closed = false;
};

Result<std::unique_ptr<RouterServer>> RouterServer::open(asio::io_context& io, const Interface& interface,
                                                         const Offers& offers, FailureHandler failed) {
  auto fd = open_packet_socket(interface);
  if (!fd) return fd.error();
  auto state = std::make_shared<State>(io, interface, offers, std::move(failed));
  std::error_code error;
  if (state->socket.assign(asio::generic::raw_protocol(AF_PACKET, htons(ethertype_ipv6)), fd->get(), error);
      error)
    return Error{Errc::internal, "boot service: " + error.message()};
  fd->release();
  state->receive();
  return std::unique_ptr<RouterServer>(new RouterServer(std::move(state)));
}

RouterServer::~RouterServer() {
  state_->closed = true;
  std::error_code ignored;  // closing is all we want
  state_->socket.close(ignored);
}

}  // namespace rigbisect::netboot
