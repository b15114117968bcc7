#include "os/ping.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include "os/fd.h"
#include "os/file.h"

namespace rigbisect {
namespace {

constexpr std::size_t kPayload = 16;  // random, so that an answer is to this request

using Packet = std::array<unsigned char, sizeof(icmphdr) + kPayload>;

// RFC 1071.
std::uint16_t checksum(const Packet& packet) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < packet.size(); i += 2) {
    std::uint16_t word = 0;
    std::memcpy(&word, &packet[i], sizeof word);
    sum += word;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

Packet request(const std::string& payload) {
  Packet packet{};
  icmphdr header{};
  header.type = ICMP_ECHO;
  header.un.echo.sequence = htons(1);
  std::memcpy(packet.data() + sizeof header, payload.data(), kPayload);
  std::memcpy(packet.data(), &header, sizeof header);
  header.checksum = checksum(packet);
  std::memcpy(packet.data(), &header, sizeof header);
  return packet;
}

// Whether these bytes are the answer; a raw socket gives the IP header too.
bool is_answer(std::span<const unsigned char> bytes, bool raw, const std::string& payload) {
  if (raw) {
    const std::size_t header = bytes.empty() ? 0 : (bytes[0] & 0x0fU) * 4U;
    if (header > bytes.size()) return false;
    bytes = bytes.subspan(header);
  }
  return bytes.size() >= sizeof(icmphdr) + kPayload && bytes[0] == ICMP_ECHOREPLY &&
         std::memcmp(bytes.data() + sizeof(icmphdr), payload.data(), kPayload) == 0;
}

bool nobody_there(int code) {
  return code == ENETUNREACH || code == EHOSTUNREACH || code == EHOSTDOWN || code == ENETDOWN;
}

}  // namespace

bool is_ipv4_address(const std::string& text) {
  in_addr address{};
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1;
}

Result<bool> answers_ping(const std::string& address, Deadline deadline, std::stop_token stop) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  if (::inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1) {
    return Error{Errc::invalid, "ping: expected an IPv4 address such as 10.77.0.42, not '" + address + "'"};
  }
  Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP));
  const bool raw = !socket.valid();
  if (raw) socket.reset(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
  if (!socket.valid()) {
    return Error{Errc::denied,
                 "ping " + address +
                     ": this user may not: it needs CAP_NET_RAW, or a group in net.ipv4.ping_group_range"};
  }
  const std::string payload = random_hex(kPayload / 2);
  const Packet packet = request(payload);
  const auto* destination = reinterpret_cast<const sockaddr*>(&to);  // NOLINT: the sockets API
  if (::sendto(socket.get(), packet.data(), packet.size(), 0, destination, sizeof to) < 0) {
    return nobody_there(errno) ? Result<bool>(false) : errno_error("ping " + address);
  }
  for (;;) {
    const int waited[] = {socket.get()};
    const auto ready = wait_ready(waited, false, deadline, stop);
    if (!ready && ready.error().code == Errc::timeout) return false;
    if (!ready) return ready.error();
    std::array<unsigned char, 1500> buffer{};
    const auto size = ::recv(socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && nobody_there(errno)) return false;
    if (size < 0 && errno != EAGAIN && errno != EINTR) return errno_error("ping " + address);
    if (size > 0 && is_answer({buffer.data(), static_cast<std::size_t>(size)}, raw, payload)) return true;
  }
}

}  // namespace rigbisect
