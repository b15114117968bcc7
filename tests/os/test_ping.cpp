#include <fstream>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/ping.h"
#include "tests/fakes/private_network.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

Result<bool> ping(const std::string& address, Duration patience) {
  return answers_ping(address, std::chrono::steady_clock::now() + patience, {});
}

// Whether `address` answers in a network of its own, where only this machine is and answers no ping; as an
// exit status.
enum Outcome { silent, answered, failed, no_network };
Outcome ping_among_the_silent(const std::string& address) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!test::enter_private_network().empty()) ::_exit(no_network);
    if (!(std::ofstream("/proc/sys/net/ipv4/icmp_echo_ignore_all") << "1" << std::flush)) ::_exit(no_network);
    const auto pong = ping(address, 10ms);
    ::_exit(!pong ? failed : *pong ? answered : silent);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return static_cast<Outcome>(WEXITSTATUS(status));
}

// Users without CAP_NET_RAW may not ping everywhere; then that is what must be said.
TEST_CASE("this machine answers a ping") {
  const auto pong = ping("127.0.0.1", 5s);
  if (pong) {
    CHECK(*pong);
  } else {
    CHECK(pong.error().code == Errc::denied);
  }
}

TEST_CASE("what does not answer in time, or cannot be reached, has not answered") {
  for (const std::string address : {"127.0.0.1", "192.0.2.1"}) {
    CAPTURE(address);
    const Outcome outcome = ping_among_the_silent(address);
    if (outcome == no_network) {
      MESSAGE("skipped: no permission to make a network without anybody");
      return;
    }
    CHECK(outcome == silent);
  }
}

TEST_CASE("what is no IPv4 address is refused") {
  CHECK(is_ipv4_address("10.77.0.42"));
  CHECK_FALSE(is_ipv4_address("10.77.0"));
  CHECK_FALSE(is_ipv4_address("nuc-1.lab"));
  const auto pong = ping("::1", 20ms);
  REQUIRE_FALSE(pong);
  CHECK(pong.error().code == Errc::invalid);
}

}  // namespace
}  // namespace rigbisect
