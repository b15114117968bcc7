#pragma once

#include <string>

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/fd.h"

namespace rigbisect::test {

// Moves this process, before it has threads, into a network namespace with nothing but a loopback interface,
// so that ports 67 and 69 are free and nothing leaves the machine. Needs root or unprivileged user
// namespaces; says why not.
inline std::string enter_private_network() {
  const int flags = ::geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET;
  if (::unshare(flags) != 0)
    return "no permission to make a network namespace (root or unprivileged user namespaces)";
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return "cannot bring up the loopback interface";
  return "";
}

}  // namespace rigbisect::test
