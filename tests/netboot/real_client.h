#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netboot/address.h"
#include "netboot/tftp.h"
#include "os/fd.h"

namespace rigbisect::netboot {

// What a machine's firmware does, over real sockets to 127.0.0.1. Every wait ends after five seconds.
class ClientSocket {
 public:
  ClientSocket(int type, std::uint16_t port) : fd_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    const timeval patience{5, 0};
    (void)::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    remote_.sin_family = AF_INET;
    remote_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    remote_.sin_port = htons(port);
    connected_ = type != SOCK_STREAM || connect() == 0;
  }

  bool connected() const { return connected_; }

  void send(std::span<const std::uint8_t> bytes) {
    (void)::sendto(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL,
                   reinterpret_cast<const sockaddr*>(&remote_), sizeof remote_);
  }

  // The next datagram or piece of the stream; further datagrams go to where this one came from. Empty: none
  // came.
  std::vector<std::uint8_t> receive() {
    std::vector<std::uint8_t> buffer(65536);
    socklen_t size = sizeof remote_;
    const ssize_t got =
        ::recvfrom(fd_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&remote_), &size);
    buffer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return buffer;
  }

 private:
  int connect() { return ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&remote_), sizeof remote_); }

  Fd fd_;
  sockaddr_in remote_{};
  bool connected_ = false;
};

// The file, or the message of the server's ERROR.
struct TftpResult {
  std::vector<std::uint8_t> content;
  std::string error;
};

inline TftpResult tftp_read(const std::string& file) {
  ClientSocket socket(SOCK_DGRAM, 69);
  socket.send(encode_tftp(TftpRequest{false, file, "octet", {{"blksize", "1468"}}}));
  TftpResult result;
  for (;;) {
    const auto packet = parse_tftp(socket.receive());
    if (!packet) return {{}, "no answer"};
    if (const auto* error = std::get_if<TftpError>(&*packet)) return {{}, error->message};
    const auto* data = std::get_if<TftpData>(&*packet);
    if (data != nullptr) result.content.insert(result.content.end(), data->data.begin(), data->data.end());
    socket.send(encode_tftp(TftpAck{data == nullptr ? std::uint16_t{0} : data->block}));
    if (data != nullptr && data->data.size() < 1468) return result;
  }
}

// The whole answer to one request, head and body; empty if there was none.
inline std::string http(std::uint16_t port, const std::string& path, const std::string& headers = "",
                        const std::string& method = "GET") {
  ClientSocket socket(SOCK_STREAM, port);
  if (!socket.connected()) return "";
  const std::string request =
      method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n";
  socket.send(std::vector<std::uint8_t>(request.begin(), request.end()));
  std::string answer;
  for (auto piece = socket.receive(); !piece.empty(); piece = socket.receive())
    answer.append(piece.begin(), piece.end());
  return answer;
}

}  // namespace rigbisect::netboot
