#pragma once

#include <array>
#include <cstring>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pty.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "drivers/registry.h"
#include "os/fd.h"
#include "tests/drivers/driver_test.h"

// What tests of consoles share: far ends of the wire, and reading until something was said.
namespace rigbisect {

// A server on loopback: the far end of the wire as a socket.
class Server {
 public:
  Server() { open(0); }

  void open(std::uint16_t port) {
    listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_.get(), generic, size) == 0);
    REQUIRE(::listen(listener_.get(), 4) == 0);
    ::getsockname(listener_.get(), generic, &size);
    port_ = ntohs(address.sin_port);
  }

  Fd accept() const { return Fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
  void close() { listener_.reset(); }
  std::uint16_t port() const { return port_; }

 private:
  Fd listener_;
  std::uint16_t port_ = 0;
};

// A serial port of a server under test: the far end is the board's.
class PtyPort {
 public:
  PtyPort() {
    int far_end = -1, near_end = -1;
    char name[64] = {};
    termios raw{};
    ::cfmakeraw(&raw);
    if (::openpty(&far_end, &near_end, name, &raw, nullptr) != 0) throw std::runtime_error("no pty");
    far_end_.reset(far_end);
    near_end_.reset(near_end);
    name_ = name;
    ::fcntl(far_end, F_SETFD, FD_CLOEXEC);
    ::fcntl(near_end, F_SETFD, FD_CLOEXEC);
  }
  const std::string& name() const { return name_; }
  int board() const { return far_end_.get(); }
  // As whoever has the port open set it.
  speed_t speed() const {
    termios now{};
    ::tcgetattr(far_end_.get(), &now);
    return ::cfgetospeed(&now);
  }

 private:
  Fd far_end_, near_end_;  // both stay open: the port outlives its users
  std::string name_;
};

inline void say(int fd, std::string_view text) {
  REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

// Reads the far end until so many bytes came.
inline std::string hear(int fd, std::size_t size) {
  std::string all;
  std::array<char, 4096> buffer{};
  const std::array<int, 1> fds{fd};
  RealClock clock;
  while (all.size() < size) {
    if (!wait_ready(fds, false, clock.now() + std::chrono::seconds(10), {})) break;
    const ssize_t count = ::read(fd, buffer.data(), std::min(buffer.size(), size - all.size()));
    if (count <= 0) break;
    all.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return all;
}

// Reads the console until `text` was said; returns all that came. Fails the test after 10 s.
inline std::string read_until(SerialConsole& console, std::string_view text) {
  std::string all;
  std::array<char, 4096> buffer{};
  RealClock clock;
  const Deadline deadline = clock.now() + std::chrono::seconds(10);
  while (all.find(text) == std::string::npos) {
    const auto count = console.read(buffer, deadline, {});
    if (!count) {
      FAIL("'" << text << "' did not come, but '" << all << "' and then " << count.error().what);
    }
    all.append(buffer.data(), *count);
  }
  return all;
}

}  // namespace rigbisect
