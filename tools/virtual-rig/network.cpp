#include "network.h"

#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "os/file.h"
#include "os/process.h"

namespace rigbisect::rig {
namespace {

constexpr const char* kBridge = "rig0";
constexpr const char* kTun = "/dev/net/tun";

Result<void> write_proc(const char* path, const std::string& text) {
  const Fd file(::open(path, O_WRONLY | O_CLOEXEC));
  if (!file.valid() || ::write(file.get(), text.data(), text.size()) < 0) return errno_error(path);
  return {};
}

Result<void> enter_user_namespace() {
  const auto user = ::geteuid();
  const auto group = ::getegid();
  if (::unshare(CLONE_NEWUSER) != 0) {
    Error error = errno_error("unshare(CLONE_NEWUSER)");
    error.what +=
        ": this kernel gives no user namespaces to users; run virtual-rig as root, or allow them "
        "(sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces)";
    return error;
  }
  if (auto ok = write_proc("/proc/self/uid_map", fmt::format("0 {} 1", user)); !ok) return ok;
  if (auto ok = write_proc("/proc/self/setgroups", "deny"); !ok) return ok;
  return write_proc("/proc/self/gid_map", fmt::format("0 {} 1", group));
}

Result<void> run_ip(const std::string& arguments, Clock& clock) {
  Command command;
  command.argv = {"ip"};
  for (const std::string_view word : split(arguments, ' ')) command.argv.emplace_back(word);
  auto finished = run_command(command, {.deadline = clock.now() + std::chrono::seconds(10)}, clock);
  if (!finished) return finished.error();
  if (finished->ok()) return {};
  return Error{Errc::io, fmt::format("ip {}: {}: {}", arguments, finished->describe(),
                                     printable(trim(finished->output)))};
}

// `create`: TUNSETPERSIST, so that the device stays between the machine's power-ons.
Result<Fd> open_tap(const std::string& name, bool create) {
  Fd tap(::open(kTun, O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!tap.valid()) {
    Error error = errno_error(kTun);
    if (error.code == Errc::denied)
      error.what += ": virtual-rig needs to open it; run as root or make it accessible";
    return error;
  }
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (::ioctl(tap.get(), TUNSETIFF, &request) != 0) return errno_error("TUNSETIFF " + name);
  if (create && ::ioctl(tap.get(), TUNSETPERSIST, 1) != 0) return errno_error("TUNSETPERSIST " + name);
  return tap;
}

unsigned number16(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned>(static_cast<unsigned char>(bytes[at])) << 8 |
         static_cast<unsigned>(static_cast<unsigned char>(bytes[at + 1]));
}

}  // namespace

Result<void> enter_namespaces() {
  if (::geteuid() != 0) {
    if (auto ok = enter_user_namespace(); !ok) return ok;
  }
  if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) {
    Error error = errno_error("unshare(CLONE_NEWNET | CLONE_NEWNS)");
    error.what +=
        ": virtual-rig needs a network namespace of its own; run it as root outside of a restricted "
        "container";
    return error;
  }
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return errno_error("mount --make-rprivate /");
  return {};
}

Result<Fd> make_lab_network(Clock& clock) {
  auto uplink = open_tap("uplink", false);
  if (!uplink) return uplink;
  for (const char* arguments : {
           "link set lo up",
           "link add rig0 type bridge forward_delay 0 mcast_snooping 0",
           "address add 10.77.0.1/24 brd + dev rig0",
           "address add fd77::1/64 dev rig0 nodad",
           "link set rig0 up",
           "link set uplink master rig0 up",
       }) {
    if (auto ok = run_ip(arguments, clock); !ok) return ok.error();
  }
  return uplink;
}

Result<std::unique_ptr<NetworkPort>> NetworkPort::create(Loop& loop, unsigned rig, const std::string& mac,
                                                         Clock& clock) {
  const std::string name = fmt::format("rigtap{}", rig);
  if (auto tap = open_tap(name, true); !tap) return tap.error();
  if (auto ok = run_ip("link set " + name + " up", clock); !ok) return ok.error();
  std::unique_ptr<NetworkPort> port(new NetworkPort(loop, name, mac));
  if (auto ok = port->plug(true); !ok) return ok.error();
  return port;
}

NetworkPort::~NetworkPort() {
  cancel_tcp_watch();
}

Result<Fd> NetworkPort::open(bool without_tcp) const {
  auto tap = open_tap(name_, false);
  if (!tap) return tap;
  if (!without_tcp) {
    ::ioctl(tap->get(), TUNDETACHFILTER, nullptr);  // the device keeps the filter of an earlier power-on
    return tap;
  }
  std::array<sock_filter, 6> program{{
      {BPF_LD | BPF_H | BPF_ABS, 0, 0, 12},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, ETHERTYPE_IP},
      {BPF_LD | BPF_B | BPF_ABS, 0, 0, ETH_HLEN + 9},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, IPPROTO_TCP},
      {BPF_RET | BPF_K, 0, 0, 0},
      {BPF_RET | BPF_K, 0, 0, 0xffff},
  }};
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  if (::ioctl(tap->get(), TUNATTACHFILTER, &filter) != 0) return errno_error("TUNATTACHFILTER " + name_);
  return tap;
}

Result<void> NetworkPort::plug(bool plugged) {
  if (plugged == plugged_) return {};
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, kBridge);
  request.ifr_ifindex = static_cast<int>(::if_nametoindex(name_.c_str()));
  if (::ioctl(socket.get(), plugged ? SIOCBRADDIF : SIOCBRDELIF, &request) != 0)
    return errno_error(fmt::format("{} {} rig0", name_, plugged ? "into" : "out of"));
  plugged_ = plugged;
  return {};
}

Result<void> NetworkPort::on_next_tcp(std::function<void()> handler) {
  cancel_tcp_watch();
  Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL)));
  if (!socket.valid()) return errno_error("packet socket");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(::if_nametoindex(name_.c_str()));
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return errno_error("packet socket on " + name_);
  if (auto ok = loop_.watch(socket.get(), [this] { look_for_tcp(); }); !ok) return ok;
  sniffer_ = std::move(socket);
  on_tcp_ = std::move(handler);
  return {};
}

void NetworkPort::cancel_tcp_watch() {
  if (sniffer_.valid()) loop_.unwatch(sniffer_.get());
  sniffer_.reset();
  on_tcp_ = {};
}

void NetworkPort::look_for_tcp() {
  std::array<char, 2048> frame;
  for (;;) {
    const auto size = ::recv(sniffer_.get(), frame.data(), frame.size(), 0);
    if (size <= 0) return;
    if (!opens_tcp_connection({frame.data(), static_cast<std::size_t>(size)}, mac_)) continue;
    const auto handler = std::move(on_tcp_);
    cancel_tcp_watch();
    handler();
    return;
  }
}

bool opens_tcp_connection(std::string_view frame, std::string_view mac) {
  constexpr std::size_t kIp = ETH_HLEN;
  constexpr unsigned kSyn = 0x02;
  constexpr unsigned kAck = 0x10;
  if (frame.size() < kIp + 40 || number16(frame, 12) != ETHERTYPE_IP || frame[kIp + 9] != IPPROTO_TCP)
    return false;
  std::string source;
  for (std::size_t i = 6; i < 12; ++i)
    source += fmt::format("{}{:02x}", i > 6 ? ":" : "", static_cast<unsigned char>(frame[i]));
  const std::size_t tcp = kIp + (static_cast<std::size_t>(frame[kIp]) & 0x0f) * 4;
  if (source != mac || frame.size() < tcp + 14) return false;
  return (static_cast<unsigned char>(frame[tcp + 13]) & (kSyn | kAck)) == kSyn;
}

}  // namespace rigbisect::rig
