#include "control.h"

#include <array>
#include <cerrno>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

namespace rigbisect::rig {
namespace {

constexpr std::size_t kLongestLine = 512;
constexpr std::size_t kLongestAnswer = 64u << 10;

Result<sockaddr_un> socket_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return Error{Errc::invalid, path + ": too long for a socket (107 bytes); choose a shorter --dir"};
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

Result<Fd> make_socket(int flags) {
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!socket.valid()) return errno_error("socket");
  return socket;
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (const std::string_view word : split(line, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::create(Loop& loop, const std::string& path,
                                                             Handler handler) {
  auto address = socket_address(path);
  if (!address) return address.error();
  auto listener = make_socket(SOCK_NONBLOCK);
  if (!listener) return listener.error();
  ::unlink(path.c_str());
  if (::bind(listener->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
      ::listen(listener->get(), 8) != 0)
    return errno_error(path);
  std::unique_ptr<ControlServer> server(new ControlServer(loop, std::move(*listener), std::move(handler)));
  ControlServer* self = server.get();
  if (auto ok = loop.watch(self->listener_.get(), [self] { self->accept(); }); !ok) return ok.error();
  return server;
}

ControlServer::~ControlServer() {
  if (client_.valid()) loop_.unwatch(client_.get());
  loop_.unwatch(listener_.get());
}

void ControlServer::accept() {
  if (client_.valid()) return;
  client_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!client_.valid()) return;
  if (!loop_.watch(client_.get(), [this] { readable(); })) client_.reset();
}

void ControlServer::readable() {
  std::array<char, 256> bytes;
  for (;;) {
    const auto got = ::recv(client_.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) break;
    line_.append(bytes.data(), static_cast<std::size_t>(got));
    const std::size_t end = line_.find('\n');
    if (end != std::string::npos) answer(std::string_view(line_).substr(0, end));
    if (end != std::string::npos || line_.size() > kLongestLine) break;
  }
  hang_up();
}

void ControlServer::answer(std::string_view line) {
  const auto result = handler_(words_of(line));
  const std::string text = result ? "ok\n" + *result : "error: " + result.error().what + "\n";
  ::send(client_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void ControlServer::hang_up() {
  loop_.unwatch(client_.get());
  client_.reset();
  line_.clear();
  loop_.post([this] { accept(); });  // the next may have been waiting
}

Result<std::string> ask_shelf(const std::string& path, const std::vector<std::string>& words) {
  auto address = socket_address(path);
  if (!address) return address.error();
  auto socket = make_socket(0);
  if (!socket) return socket.error();
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket->get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::connect(socket->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
    return errno_error(path + ": no shelf answers there");
  const std::string line = join(words, " ") + "\n";
  if (::send(socket->get(), line.data(), line.size(), MSG_NOSIGNAL) < 0) return errno_error(path);
  std::string answer;
  std::array<char, 4096> bytes;
  for (;;) {
    const auto got = ::recv(socket->get(), bytes.data(), bytes.size(), 0);
    if (got < 0) return errno_error(path);
    if (got == 0) break;
    answer.append(bytes.data(), static_cast<std::size_t>(got));
    if (answer.size() > kLongestAnswer) return Error{Errc::protocol, path + ": the answer is too long"};
  }
  if (answer.starts_with("ok\n")) return answer.substr(3);
  if (answer.empty()) return Error{Errc::protocol, path + ": the shelf gave no answer"};
  return Error{Errc::invalid,
               std::string(trim(std::string_view(answer).substr(answer.starts_with("error: ") ? 7 : 0)))};
}

}  // namespace rigbisect::rig
