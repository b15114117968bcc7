#include "netboot/tftp_server.h"

#include <algorithm>

namespace rigbisect::netboot {

namespace {

constexpr std::uint16_t tftp_port = 69;
constexpr std::size_t max_sessions = 64;
constexpr std::size_t max_sessions_of_a_peer = 4;
constexpr std::size_t headers = 20 + 8 + 4;  // IP, UDP, TFTP

}  // namespace

struct TftpServer::Session : std::enable_shared_from_this<Session> {
  Session(asio::io_context& io, const TftpRequest& request, std::span<const std::uint8_t> content,
          const TftpTransfer::Limits& limits)
      : transfer(request, content, limits), timer(io) {}

  Peer peer;
  std::string loader;
  std::size_t size = 0;
  std::shared_ptr<const Offer> offer;
  TimePoint started;
  TftpTransfer transfer;
  asio::steady_timer timer;
  std::unique_ptr<UdpSocket> socket;
};

Result<std::unique_ptr<TftpServer>> TftpServer::open(asio::io_context& io, const Interface& interface,
                                                     Offers& offers, const LoaderFiles& loaders,
                                                     const Clock& clock, const FailureHandler& failed) {
  auto fd = open_udp(interface, interface.subnet.address, tftp_port);
  if (!fd) return fd.error();
  std::unique_ptr<TftpServer> server(new TftpServer(io, interface, offers, loaders, clock));
  auto handler = [self = server.get()](std::span<const std::uint8_t> bytes, Ipv4 from, std::uint16_t port) {
    self->on_request(bytes, {from, port});
  };
  server->socket_ = std::make_unique<UdpSocket>(io, std::move(*fd), interface, std::move(handler), failed);
  return server;
}

void TftpServer::on_request(std::span<const std::uint8_t> bytes, const Peer& peer) {
  const auto packet = parse_tftp(bytes);
  const auto* request = packet ? std::get_if<TftpRequest>(&*packet) : nullptr;
  // A request that is repeated while its transfer runs needs nothing: the transfer repeats its first packet
  // itself.
  if (request == nullptr || sessions_.contains(peer)) return;
  const auto of_peer = std::count_if(sessions_.begin(), sessions_.end(),
                                     [&](const auto& s) { return s.first.first == peer.first; });
  if (request->write) return refuse(peer, TftpErrorCode::denied, "read only");
  if (request->mode != "octet") return refuse(peer, TftpErrorCode::illegal, "only mode octet");
  if (sessions_.size() >= max_sessions || static_cast<std::size_t>(of_peer) >= max_sessions_of_a_peer)
    return refuse(peer, TftpErrorCode::undefined, "too many transfers");
  begin(*request, peer);
}

void TftpServer::refuse(const Peer& peer, TftpErrorCode code, const char* why) {
  socket_->send(encode_tftp(TftpError{static_cast<std::uint16_t>(code), why}), peer.first, peer.second);
}

void TftpServer::begin(const TftpRequest& request, const Peer& peer) {
  const std::size_t slash = request.file.find('/');
  const auto offer = slash == std::string::npos ? nullptr : offers_.find_token(request.file.substr(0, slash));
  const auto loader = offer == nullptr ? loaders_.end() : loaders_.find(request.file.substr(slash + 1));
  if (loader == loaders_.end()) return refuse(peer, TftpErrorCode::not_found, "no such file");
  auto fd = open_udp(interface_, interface_.subnet.address, 0);
  if (!fd) return refuse(peer, TftpErrorCode::undefined, "no socket");

  TftpTransfer::Limits limits;
  limits.max_block = std::min<std::size_t>(interface_.mtu - headers, 65464);
  auto session = std::make_shared<Session>(io_, request, loader->second, limits);
  session->peer = peer;
  session->loader = loader->first;
  session->size = loader->second.size();
  session->offer = offer;
  session->started = clock_.now();
  auto handler = [this, weak = std::weak_ptr(session)](std::span<const std::uint8_t> bytes, Ipv4 from,
                                                       std::uint16_t port) {
    const auto self = weak.lock();
    if (self == nullptr || Peer(from, port) != self->peer) return;
    advance(*self, self->transfer.on_packet(bytes, clock_.now()));
  };
  auto failed = [this, weak = std::weak_ptr(session)](const Error&) {
    if (const auto self = weak.lock()) end(*self);  // the client will ask again
  };
  session->socket =
      std::make_unique<UdpSocket>(io_, std::move(*fd), interface_, std::move(handler), std::move(failed));
  sessions_[peer] = session;
  advance(*session, session->transfer.start(clock_.now()));
}

void TftpServer::advance(Session& session, const TftpTransfer::Packets& packets) {
  if (!session.offer->live) return end(session);
  for (const auto& packet : packets) session.socket->send(packet, session.peer.first, session.peer.second);
  if (session.transfer.state() == TftpTransfer::State::running) return wait(session);
  if (session.transfer.state() == TftpTransfer::State::done) {
    const std::string figures = describe_transfer(session.size, clock_.now() - session.started);
    offers_.note(session.offer->token, {"loader", session.loader + " " + figures});
  }
  end(session);
}

void TftpServer::wait(Session& session) {
  session.timer.expires_at(session.transfer.deadline());
  session.timer.async_wait([this, weak = session.weak_from_this()](const std::error_code& error) {
    const auto self = weak.lock();
    if (error || self == nullptr || !sessions_.contains(self->peer)) return;
    advance(*self, self->transfer.on_timer(clock_.now()));
  });
}

void TftpServer::end(Session& session) {
  sessions_.erase(Peer(session.peer));
}

}  // namespace rigbisect::netboot
