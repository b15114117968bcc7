#include "netboot/interface.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <vector>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/text.h"
#include "os/fd.h"

namespace rigbisect::netboot {

namespace {

using AddressList = std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)>;

// Copies out of the generic sockaddr, which may not be aligned for T.
template <typename T>
T address_as(const sockaddr* address) {
  T copy{};
  std::memcpy(&copy, address, sizeof copy);
  return copy;
}

Ipv4 ipv4_of(const sockaddr* address) {
  return {ntohl(address_as<sockaddr_in>(address).sin_addr.s_addr)};
}

Result<unsigned> read_mtu(const std::string& name) {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  name.copy(static_cast<char*>(request.ifr_name), IFNAMSIZ - 1);
  if (!socket.valid() || ::ioctl(socket.get(), SIOCGIFMTU, &request) != 0)
    return errno_error("MTU of " + name);
  return static_cast<unsigned>(request.ifr_mtu);
}

Error unknown_interface(const std::string& name, const ifaddrs* list) {
  std::set<std::string> names;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) names.insert(entry->ifa_name);
  const std::vector<std::string> known(names.begin(), names.end());
  return {Errc::not_found, "there is no network interface '" + name + "'" + did_you_mean_suffix(name, known) +
                               "; this host has: " + join(known, ", ")};
}

Result<Subnet> pick_subnet(const std::string& name, const std::string& wanted,
                           const std::vector<Subnet>& subnets) {
  if (subnets.empty())
    return Error{Errc::invalid,
                 "interface " + name +
                     " has no IPv4 address: give it one, for example with `ip address add 10.77.0.1/24 dev " +
                     name + "`"};
  if (wanted.empty()) return subnets.front();
  const auto parsed = parse_ipv4(wanted);
  if (!parsed) return Error{Errc::invalid, "'" + printable(wanted) + "' is not an IPv4 address"};
  const auto found =
      std::find_if(subnets.begin(), subnets.end(), [&](const Subnet& s) { return s.address == *parsed; });
  if (found != subnets.end()) return *found;
  return Error{Errc::invalid, "interface " + name + " does not have the address " + wanted + " (it has " +
                                  to_string(subnets.front().address) + ")"};
}

// The inode of the socket that is bound to `port`, from /proc/net/udp or tcp; empty if there is none.
std::string socket_inode(unsigned port, bool tcp) {
  std::ifstream table(tcp ? "/proc/thread-self/net/tcp" : "/proc/thread-self/net/udp");
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string slot, local, skipped, inode;
    fields >> slot >> local;
    for (int i = 0; i < 7; ++i) fields >> skipped;
    fields >> inode;
    const auto colon = local.rfind(':');
    if (colon == std::string::npos) continue;
    if (std::strtoul(local.c_str() + colon + 1, nullptr, 16) == port) return inode;
  }
  return "";
}

bool holds_socket(const std::filesystem::path& process, const std::string& link) {
  std::error_code ignored;  // processes end, and those of others may not be looked into
  for (std::filesystem::directory_iterator fd(process / "fd", ignored), end; fd != end;
       fd.increment(ignored)) {
    std::error_code failed;
    if (std::filesystem::read_symlink(fd->path(), failed) == link && !failed) return true;
  }
  return false;
}

}  // namespace

Result<Interface> find_interface(const std::string& name, const std::string& address) {
  ifaddrs* raw = nullptr;
  if (::getifaddrs(&raw) != 0) return errno_error("list network interfaces");
  const AddressList list(raw, &::freeifaddrs);

  Interface found;
  found.name = name;
  bool seen = false, up = false;
  std::vector<Subnet> subnets;
  for (const ifaddrs* entry = list.get(); entry != nullptr; entry = entry->ifa_next) {
    if (name != entry->ifa_name) continue;
    seen = true;
    up = (entry->ifa_flags & IFF_UP) != 0;
    if (entry->ifa_addr == nullptr) continue;
    if (entry->ifa_addr->sa_family == AF_PACKET) {
      const auto link = address_as<sockaddr_ll>(entry->ifa_addr);
      if (link.sll_halen == 6) std::copy_n(std::begin(link.sll_addr), 6, found.mac.bytes.begin());
    } else if (entry->ifa_addr->sa_family == AF_INET && entry->ifa_netmask != nullptr) {
      const auto prefix = static_cast<unsigned>(std::popcount(ipv4_of(entry->ifa_netmask).value));
      subnets.push_back({ipv4_of(entry->ifa_addr), prefix});
    }
  }
  if (!seen) return unknown_interface(name, list.get());
  if (!up) return Error{Errc::invalid, "interface " + name + " is down: `ip link set " + name + " up`"};
  auto subnet = pick_subnet(name, address, subnets);
  if (!subnet) return subnet.error();
  auto mtu = read_mtu(name);
  if (!mtu) return mtu.error();
  found.subnet = *subnet;
  found.mtu = *mtu;
  found.index = static_cast<int>(::if_nametoindex(name.c_str()));
  return found;
}

std::string port_holder(unsigned port, bool tcp) {
  const std::string inode = socket_inode(port, tcp);
  if (inode.empty()) return "";
  const std::string link = "socket:[" + inode + "]";
  std::error_code ignored;
  for (std::filesystem::directory_iterator process("/proc", ignored), end; process != end;
       process.increment(ignored)) {
    const std::string pid = process->path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos || !holds_socket(process->path(), link))
      continue;
    std::ifstream comm(process->path() / "comm");
    std::string program;
    std::getline(comm, program);
    return " (held by " + printable(program) + ", pid " + pid + ")";
  }
  return "";
}

}  // namespace rigbisect::netboot
