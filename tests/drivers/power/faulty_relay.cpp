#include "tests/drivers/power/faulty_relay.h"

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include <sys/socket.h>
#include <unistd.h>

namespace rigbisect {
namespace {

constexpr std::size_t kMost = 65536;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

Fd connected(int type, int port) {
  Fd socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    socket.reset();
  return socket;
}

std::vector<char> receive(int socket) {
  std::vector<char> bytes(kMost);
  const ssize_t count = ::recv(socket, bytes.data(), bytes.size(), 0);
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

void send_all(int socket, const std::vector<char>& bytes) {
  [[maybe_unused]] const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

// The close that follows is a reset.
void prepare_reset(int socket) {
  const linger now{1, 0};
  (void)::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

std::vector<char> garbage() {
  const std::string text("\x1b[2J\xff\x00\x05 this is no answer \x80\x81\x30\x82\r\n", 32);
  return {text.begin(), text.end()};
}

}  // namespace

FaultyRelay::FaultyRelay(Kind kind, int target_port) : target_(target_port) {
  const int type = kind == Kind::tcp ? SOCK_STREAM : SOCK_DGRAM;
  listener_.reset(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), generic, size) != 0 ||
      (kind == Kind::tcp && ::listen(listener_.get(), 16) != 0) ||
      ::getsockname(listener_.get(), generic, &size) != 0) {
    throw std::runtime_error("the relay cannot listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this, kind](const std::stop_token& stop) {
    if (kind == Kind::tcp) serve_tcp(stop);
    if (kind == Kind::udp) serve_udp(stop);
  });
}

FaultyRelay::~FaultyRelay() {
  thread_.request_stop();
  thread_.join();
}

bool FaultyRelay::spoil(std::vector<char>& answer) const {
  switch (manners_.load()) {
    case Manners::garbage:
      answer = garbage();
      return true;
    case Manners::half:
      answer.resize(answer.size() / 2);
      return true;
    case Manners::silent:
    case Manners::reset:
      return false;
    default:
      return true;
  }
}

void FaultyRelay::serve_tcp(const std::stop_token& stop) {
  const std::array<int, 1> fds{listener_.get()};
  while (wait_ready(fds, false, Deadline::max(), stop)) {
    Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.valid()) continue;
    conversations_.emplace_back([this, socket = std::make_shared<Fd>(std::move(client))](
                                    const std::stop_token& end) { pass(*socket, end); });
  }
  conversations_.clear();
}

void FaultyRelay::pass(const Fd& client, const std::stop_token& stop) const {
  const Fd target = connected(SOCK_STREAM, target_);
  if (!target.valid()) return prepare_reset(client.get());
  const std::array<int, 2> fds{client.get(), target.get()};
  const std::array<int, 1> only_client{client.get()};
  bool spoiled = false;
  for (;;) {
    const auto ready = spoiled ? wait_ready(only_client, false, Deadline::max(), stop)
                               : wait_ready(fds, false, Deadline::max(), stop);
    if (!ready) return;
    auto bytes = receive(fds[*ready]);
    if (bytes.empty()) return;
    if (*ready == 0) {
      if (manners_ == Manners::reset) return prepare_reset(client.get());
      send_all(target.get(), bytes);
      continue;
    }
    const Manners manners = manners_;
    if (spoil(bytes)) send_all(client.get(), bytes);
    if (manners == Manners::garbage) return;
    spoiled = manners == Manners::half || manners == Manners::silent;
  }
}

void FaultyRelay::serve_udp(const std::stop_token& stop) {
  std::map<in_port_t, Fd> targets;  // by the client's port
  for (;;) {
    std::vector<int> fds{listener_.get()};
    std::vector<in_port_t> clients{0};
    for (const auto& [client, target] : targets) {
      fds.push_back(target.get());
      clients.push_back(client);
    }
    const auto ready = wait_ready(fds, false, Deadline::max(), stop);
    if (!ready) return;
    if (*ready == 0) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      std::vector<char> bytes(kMost);
      const ssize_t count = ::recvfrom(listener_.get(), bytes.data(), bytes.size(), 0,
                                       reinterpret_cast<sockaddr*>(&from), &size);
      if (count < 0) continue;
      bytes.resize(static_cast<std::size_t>(count));
      Fd& target = targets[from.sin_port];
      if (!target.valid()) target = connected(SOCK_DGRAM, target_);
      send_all(target.get(), bytes);
      continue;
    }
    auto bytes = receive(fds[*ready]);
    if (bytes.empty() || !spoil(bytes)) continue;
    const sockaddr_in to = loopback(ntohs(clients[*ready]));
    (void)::sendto(listener_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL,
                   reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
}

}  // namespace rigbisect
