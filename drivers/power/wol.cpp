#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <vector>

#include <netdb.h>
#include <sys/socket.h>

#include "base/text.h"
#include "drivers/registry.h"
#include "drivers/secret.h"
#include "os/fd.h"

namespace rigbisect {
namespace {

using Bytes = std::vector<std::uint8_t>;

// AMD's Magic Packet (white paper 20213): six bytes FF, then the MAC sixteen times, anywhere in a frame; a
// SecureOn password of six bytes may follow. By habit a UDP datagram to port 9.
constexpr int kRepeats = 16;
constexpr int kPackets = 3;  // nobody acknowledges
constexpr std::size_t kMacSize = 6;

std::optional<Bytes> hex_bytes(std::string_view text) {
  Bytes bytes;
  for (const std::string_view part : split(text, ':')) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value, 16);
    if (part.size() != 2 || error != std::errc{} || end != part.data() + part.size()) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(value));
  }
  return bytes;
}

Bytes magic_packet(const Bytes& mac, const Bytes& password) {
  Bytes packet(6, 0xff);
  for (int i = 0; i < kRepeats; ++i) packet.insert(packet.end(), mac.begin(), mac.end());
  packet.insert(packet.end(), password.begin(), password.end());
  return packet;
}

struct Target {
  std::string address;
  std::string port;
  std::string interface;
  std::string mac;
  Bytes packet;
};

class WakeOnLan : public PowerSwitch {
 public:
  explicit WakeOnLan(Target target) : target_(std::move(target)) {}

  Result<void> set(Power wanted, Deadline, std::stop_token) override {
    if (wanted == Power::off) {
      return Error{Errc::invalid, name() +
                                      ": Wake-on-LAN can only switch on. A campaign needs a switch that also "
                                      "switches off: an outlet, a relay or a BMC"};
    }
    auto sent = send();
    if (!sent) return sent.error().within(name());
    return sent;
  }

  Result<std::optional<Power>> state(Deadline, std::stop_token) override { return std::optional<Power>{}; }

 private:
  std::string name() const { return "wol " + target_.mac; }

  Result<void> send() const {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(target_.address.c_str(), target_.port.c_str(), &hints, &found) != 0) {
      return Error{Errc::invalid,
                   "'address' must be an IP address, not '" + printable(target_.address) + "'"};
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> peer(found, ::freeaddrinfo);
    const Fd socket(::socket(peer->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    if (!socket.valid() || ::setsockopt(socket.get(), SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes) != 0) {
      return errno_error("cannot make a socket");
    }
    const auto& interface = target_.interface;
    if (!interface.empty() && ::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(),
                                           static_cast<socklen_t>(interface.size())) != 0) {
      return errno_error("cannot send through " + printable(interface));
    }
    for (int i = 0; i < kPackets; ++i) {
      const ssize_t count = ::sendto(socket.get(), target_.packet.data(), target_.packet.size(), 0,
                                     peer->ai_addr, peer->ai_addrlen);
      if (count < 0) return errno_error("cannot send to " + printable(target_.address));
    }
    return {};
  }

  Target target_;
};

Result<std::unique_ptr<PowerSwitch>> make_wol(const DriverOptions& options, const DriverContext&) {
  Target target{.address = options.text("address"),
                .port = options.text("port"),
                .interface = options.has("interface") ? options.text("interface") : "",
                .mac = options.text("mac"),
                .packet = {}};
  const auto secret = fetch_secret(options, "secure_on");
  if (!secret) return secret.error().within("wol");
  const auto mac = hex_bytes(target.mac);
  const auto password = secret->empty() ? std::optional(Bytes{}) : hex_bytes(*secret);
  if (!mac || mac->size() != kMacSize)
    return Error{Errc::invalid, "wol: 'mac' must be like 52:54:00:77:00:10"};
  if (!password || (!password->empty() && password->size() != kMacSize)) {
    return Error{Errc::invalid, "wol: 'secure_on' must hold six bytes like 01:02:03:04:05:06"};
  }
  target.packet = magic_packet(*mac, *password);
  return std::unique_ptr<PowerSwitch>(std::make_unique<WakeOnLan>(std::move(target)));
}

constexpr const char* kWolNotes =
    R"(Switches a machine on by a magic packet to its network adapter. It can only switch on: there is no answer and no way to
switch off, so a campaign, which begins each run from off, cannot use it. It serves `rigbisect board power on`; to test
kernels put an outlet, a relay or a BMC before the machine.

Wiring: none but the network; the packet is a broadcast and does not cross routers. Enable Wake-on-LAN in the firmware and
in the adapter (`ethtool -s eth0 wol g`). Many adapters forget it when their supply is cut.

  power:
    driver: wol
    mac: "52:54:00:77:00:10"
    address: 10.77.0.255

Source of the protocol: AMD, Magic Packet Technology, publication 20213.)";

}  // namespace

DriverRow<PowerSwitch> wol_driver() {
  return {
      .name = "wol",
      .summary = "Wake-on-LAN: can only switch on",
      .notes = kWolNotes,
      .options =
          {
              {.name = "mac",
               .type = OptionType::mac,
               .required = true,
               .help = "of the machine's network adapter"},
              {.name = "address",
               .default_value = "255.255.255.255",
               .help = "the broadcast address of the machine's network"},
              {.name = "port",
               .type = OptionType::integer,
               .default_value = "9",
               .help = "UDP port, 9 by habit",
               .min = 1,
               .max = 65535},
              {.name = "interface", .help = "the interface to send through, if the address does not tell"},
              {.name = "secure_on",
               .type = OptionType::secret,
               .help = "SecureOn password of the adapter, six bytes like 01:02:03:04:05:06"},
          },
      .make = make_wol,
  };
}

}  // namespace rigbisect
