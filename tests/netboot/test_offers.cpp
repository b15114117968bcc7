#include <fstream>

#include <doctest/doctest.h>

#include "netboot/offers.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;
using namespace rigbisect::netboot;
using namespace std::chrono_literals;

namespace {

const Mac board{{0x52, 0x54, 0, 0x77, 0, 0x10}}, other{{0x52, 0x54, 0, 0x77, 0, 0x11}};

struct World {
  World() {
    for (const auto& path : {kernel, initramfs})
      std::ofstream(path) << "content of " << path.filename().string();
  }
  BootIntent intent(std::string command_line = "quiet") const {
    return {kernel, initramfs, command_line, "run-1"};
  }

  ScratchDirectory scratch;
  std::filesystem::path kernel = scratch.path() / "bzImage", initramfs = scratch.path() / "initramfs";
  FakeClock clock;
  Offers offers{Site{Mode::dhcp, {*parse_ipv4("10.77.0.1"), 24}, "http://10.77.0.1:8069"}, clock};
};

}  // namespace

TEST_CASE("an offer gives its machine a ticket with an unguessable token and an address") {
  World world;
  REQUIRE(world.offers.offer(board, world.intent()).ok());
  const auto ticket = world.offers.ticket(board);
  REQUIRE(ticket);
  CHECK(ticket->token.size() == 32);
  CHECK_FALSE(ticket->lease.is_zero());
  CHECK_FALSE(world.offers.ticket(other));
  const auto offer = world.offers.find_token(ticket->token);
  REQUIRE(offer);
  CHECK(offer->mac == board);
  CHECK(offer->script.find(ticket->token) != std::string::npos);
  CHECK(world.offers.find_token("") == nullptr);
}

TEST_CASE("a new offer ends the one before, with its token and its timeline") {
  World world;
  REQUIRE(world.offers.offer(board, world.intent()).ok());
  const auto first = world.offers.find(board);
  world.offers.note(first->token, {"DISCOVER", "BIOS"});
  CHECK(world.offers.timeline(board).size() == 1);
  const auto lease = world.offers.ticket(board)->lease;
  REQUIRE(world.offers.offer(board, world.intent()).ok());
  CHECK_FALSE(first->live);
  CHECK(world.offers.find_token(first->token) == nullptr);
  CHECK(world.offers.timeline(board).empty());
  CHECK(world.offers.ticket(board)->lease == lease);
  world.offers.note(first->token, {"kernel", "of the old run"});
  CHECK(world.offers.timeline(board).empty());
}

TEST_CASE("after withdraw nothing is served, but the timeline stays to be read") {
  World world;
  REQUIRE(world.offers.offer(board, world.intent()).ok());
  const auto offer = world.offers.find(board);
  world.clock.advance(3s);
  world.offers.note(offer->token, {"DISCOVER", "BIOS"});
  world.offers.withdraw(board);
  world.offers.withdraw(other);
  CHECK_FALSE(offer->live);
  CHECK_FALSE(world.offers.ticket(board));
  CHECK(world.offers.find_token(offer->token) == nullptr);
  REQUIRE(world.offers.timeline(board).size() == 1);
  CHECK(world.offers.timeline(board).front().at == world.clock.now());
}

TEST_CASE("a machine that asks for ever does not fill the memory") {
  World world;
  REQUIRE(world.offers.offer(board, world.intent()).ok());
  const std::string token = world.offers.ticket(board)->token;
  for (int i = 0; i < 10000; ++i) world.offers.note(token, {"DISCOVER", "BIOS"});
  world.offers.note(token, {"kernel", "1 MB"});
  CHECK(world.offers.timeline(board).size() < 100);
  CHECK(world.offers.timeline(board).back().name == "kernel");
}

TEST_CASE("the firmware is at work until the kernel is fetched") {
  World world;
  CHECK_FALSE(world.offers.in_firmware(board));
  REQUIRE(world.offers.offer(board, world.intent()).ok());
  CHECK(world.offers.in_firmware(board));
  world.offers.note(world.offers.ticket(board)->token, {"kernel", ""});
  CHECK_FALSE(world.offers.in_firmware(board));
}

TEST_CASE("two machines have two addresses, and a declined one is not given again") {
  World world;
  REQUIRE(world.offers.offer(board, world.intent()).ok());
  REQUIRE(world.offers.offer(other, world.intent()).ok());
  const auto first = world.offers.ticket(board)->lease;
  CHECK(first != world.offers.ticket(other)->lease);
  world.offers.replace_lease(board);
  CHECK(world.offers.ticket(board)->lease != first);
  REQUIRE(world.offers.offer(board, world.intent()).ok());
  CHECK(world.offers.ticket(board)->lease != first);
}

TEST_CASE("an intent that cannot be served is refused and leaves the machine without one changed") {
  World world;
  REQUIRE(world.offers.offer(board, world.intent()).ok());
  const std::string token = world.offers.ticket(board)->token;
  BootIntent missing = world.intent();
  missing.kernel = world.scratch.path() / "missing";
  const auto refused = world.offers.offer(board, missing);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Errc::not_found);
  CHECK(refused.error().what.find("missing") != std::string::npos);
  missing.kernel = world.scratch.path();
  CHECK_FALSE(world.offers.offer(board, missing).ok());
  CHECK_FALSE(world.offers.offer(board, world.intent("a || b")).ok());
  CHECK(world.offers.ticket(board)->token == token);
}

TEST_CASE("what is served is what was offered, even if the file is replaced") {
  World world;
  REQUIRE(world.offers.offer(board, world.intent()).ok());
  const auto offer = world.offers.find(board);
  std::filesystem::remove(world.kernel);
  std::string content(100, '\0');
  const auto got = offer->kernel->read(0, content);
  REQUIRE(got);
  CHECK(content.substr(0, *got) == "content of bzImage");
  CHECK(offer->kernel->size() == *got);
  CHECK(*offer->kernel->read(1000, content) == 0);
}

TEST_CASE("transfers are described with size and time") {
  CHECK(describe_transfer(569, 4ms) == "569 B in 0.00 s");
  CHECK(describe_transfer(74213, 120ms) == "74 kB in 0.12 s");
  CHECK(describe_transfer(2302976, 1500ms) == "2.3 MB in 1.50 s");
}
