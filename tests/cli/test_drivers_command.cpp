#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/drivers_command.h"
#include "tests/config/fake_drivers.h"

namespace rigbisect {
namespace {

struct Listing {
  explicit Listing(const std::string& name, bool json = false)
      : exit_code(list_drivers(fake_drivers(), name, json, out, err)) {}
  std::ostringstream out;
  std::ostringstream err;
  int exit_code;
};

TEST_CASE("drivers are listed by role with their summaries") {
  const Listing listing("");
  CHECK(listing.exit_code == 0);
  CHECK(listing.out.str() ==
        "power:\n  lcus     serial relay\n  command  programs of yours\n\nconsole:\n  serial   a serial "
        "port\n\n"
        "boot:\n  pxe      network boot\n\n'rigbisect drivers NAME' tells the options and wiring of one.\n");
}

TEST_CASE("a driver is explained with its options") {
  const Listing listing("lcus");
  CHECK(listing.exit_code == 0);
  CHECK(listing.out.str() ==
        "power driver lcus: serial relay\n\noptions:\n"
        "  port (path, required)\n      the relay's serial device\n"
        "  channel (integer 1..8, default 1)\n      relay, from 1\n"
        "  settle (duration, default 100ms)\n      wait after switching\n");
}

TEST_CASE("an unknown driver is bad input with a suggestion") {
  const Listing listing("serail");
  CHECK(listing.exit_code == 2);
  CHECK(
      listing.err.str() ==
      "rigbisect: there is no driver 'serail' (did you mean 'serial'?); known: lcus, command, serial, pxe\n");
}

TEST_CASE("JSON has every driver and option") {
  const auto all = nlohmann::json::parse(Listing("", true).out.str());
  REQUIRE(all.size() == 4);
  const auto serial = nlohmann::json::parse(Listing("serial", true).out.str()).at(0);
  CHECK(serial["role"] == "console");
  CHECK(serial["options"][2]["choices"] == nlohmann::json({"8N1", "7E1"}));
  CHECK(serial["options"][0]["required"] == true);
}

}  // namespace
}  // namespace rigbisect
