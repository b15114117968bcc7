#include "netboot/dhcp_server.h"

#include <optional>

namespace rigbisect::netboot {

Result<std::unique_ptr<DhcpServer>> DhcpServer::open(asio::io_context& io, const Interface& interface,
                                                     const Site& site, Offers& offers,
                                                     const FailureHandler& failed) {
  std::unique_ptr<DhcpServer> server(new DhcpServer(site, offers));
  const std::vector<std::uint16_t> ports =
      site.mode == Mode::proxy ? std::vector<std::uint16_t>{67, 4011} : std::vector<std::uint16_t>{67};
  server->sockets_.resize(ports.size());
  for (std::size_t i = 0; i < ports.size(); ++i) {
    auto fd = open_udp(interface, Ipv4{}, ports[i]);
    if (!fd) return fd.error();
    auto handler = [self = server.get(), i, port = ports[i]](ByteView bytes, Ipv4 from,
                                                             std::uint16_t from_port) {
      self->handle(*self->sockets_[i], port, bytes, from, from_port);
    };
    server->sockets_[i] =
        std::make_unique<UdpSocket>(io, std::move(*fd), interface, std::move(handler), failed);
  }
  return server;
}

void DhcpServer::handle(UdpSocket& socket, std::uint16_t port, ByteView bytes, Ipv4 from,
                        std::uint16_t from_port) {
  const auto request = parse_dhcp(bytes);
  if (!request) return;  // anything may be on a network; only what is DHCP concerns us
  const std::optional<Ticket> ticket = offers_.ticket(request->mac);
  const Answer result = answer(*request, {port, from, from_port}, site_, ticket ? &*ticket : nullptr);
  if (result.lease_declined) offers_.replace_lease(request->mac);
  for (const Step& step : result.steps) offers_.note(ticket->token, step);
  if (result.reply) socket.send(encode_dhcp(*result.reply), result.to, result.to_port);
}

}  // namespace rigbisect::netboot
