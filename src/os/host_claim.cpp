#include "os/host_claim.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "os/file.h"

namespace rigbisect {
namespace {

struct Name {
  sockaddr_un address{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }  // NOLINT: sockets API
};

// A name holds 107 bytes, so it is a hash of the thing (FNV-1a, which stays the same from build to build).
Name name_of(const std::string& thing) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : thing) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  Name name;
  name.address.sun_family = AF_UNIX;  // sun_path begins with a zero: abstract
  const int length = std::snprintf(name.address.sun_path + 1, sizeof name.address.sun_path - 1,
                                   "rigbisect/claim/%016llx", static_cast<unsigned long long>(hash));
  name.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + static_cast<std::size_t>(length));
  return name;
}

// "process 4711 (rigbisect run ...)", as far as it can be found out.
std::string holder_of(const Name& name) {
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known = ::connect(socket.get(), name.get(), name.size) == 0 &&
                     ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0;
  if (!known) return "another process";
  auto arguments = read_file("/proc/" + std::to_string(peer.pid) + "/cmdline", 4096);
  std::string text = "process " + std::to_string(peer.pid);
  if (!arguments || arguments->empty()) return text;
  std::replace(arguments->begin(), arguments->end(), '\0', ' ');
  return text + " (" + printable(trim(*arguments).substr(0, 200)) + ")";
}

}  // namespace

Result<HostClaim> HostClaim::take(const std::string& thing) {
  const Name name = name_of(thing);
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return errno_error("cannot claim " + printable(thing));
  if (::bind(socket.get(), name.get(), name.size) != 0) {
    if (errno != EADDRINUSE) return errno_error("cannot claim " + printable(thing));
    return Error{Errc::busy, printable(thing) + " is in use by " + holder_of(name)};
  }
  if (::listen(socket.get(), 16) != 0) return errno_error("cannot claim " + printable(thing));
  return HostClaim(std::move(socket));
}

}  // namespace rigbisect
