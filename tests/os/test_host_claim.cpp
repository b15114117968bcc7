#include <optional>

#include <doctest/doctest.h>
#include <unistd.h>

#include "os/host_claim.h"

namespace rigbisect {
namespace {

TEST_CASE("a thing is claimed by one at a time, and the holder is named") {
  const std::string thing = "the port of test " + std::to_string(::getpid());
  auto first = HostClaim::take(thing);
  REQUIRE_MESSAGE(first.ok(), first.error().what);
  const auto second = HostClaim::take(thing);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::busy);
  CHECK(
      second.error().what.starts_with(thing + " is in use by process " + std::to_string(::getpid()) + " ("));
  CHECK(second.error().what.find("test-os") != std::string::npos);
  CHECK(HostClaim::take(thing + "0"));
}

TEST_CASE("a claim ends with its holder") {
  const std::string thing = "the outlet of test " + std::to_string(::getpid());
  {
    const auto claim = HostClaim::take(thing);
    CHECK(claim);
  }
  CHECK(HostClaim::take(thing));
}

}  // namespace
}  // namespace rigbisect
