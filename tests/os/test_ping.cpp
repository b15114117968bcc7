#include <doctest/doctest.h>

#include "os/ping.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

Result<bool> ping(const std::string& address, Duration patience) {
  return answers_ping(address, std::chrono::steady_clock::now() + patience, {});
}

// Users without CAP_NET_RAW may not ping everywhere; then that is what must be said.
TEST_CASE("this machine answers a ping") {
  const auto answered = ping("127.0.0.1", 5s);
  if (answered) {
    CHECK(*answered);
  } else {
    CHECK(answered.error().code == Errc::denied);
  }
}

// Whoever routes for this machine might answer for any address, but not before now.
TEST_CASE("what does not answer in time has not answered") {
  const auto answered = answers_ping("192.0.2.1", std::chrono::steady_clock::now() - 1s, {});
  if (answered) CHECK_FALSE(*answered);
}

TEST_CASE("what is no IPv4 address is refused") {
  CHECK(is_ipv4_address("10.77.0.42"));
  CHECK_FALSE(is_ipv4_address("10.77.0"));
  CHECK_FALSE(is_ipv4_address("nuc-1.lab"));
  const auto answered = ping("::1", 20ms);
  REQUIRE_FALSE(answered);
  CHECK(answered.error().code == Errc::invalid);
}

}  // namespace
}  // namespace rigbisect
