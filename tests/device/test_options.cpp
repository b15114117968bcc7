#include <doctest/doctest.h>

#include "device/driver.h"

using namespace rigbisect;
using namespace std::chrono_literals;

TEST_CASE("options are read by the type they were declared with") {
  DriverOptions options;
  options.set("port", {"/dev/ttyUSB0"});
  options.set("channel", {"3"});
  options.set("query", {"true"});
  options.set("timeout", {"1m30s"});
  options.set("on", {"program", "argument"});
  CHECK(options.text("port") == "/dev/ttyUSB0");
  CHECK(options.integer("channel") == 3);
  CHECK(options.boolean("query"));
  CHECK(options.duration("timeout") == 90s);
  CHECK(options.list("on") == std::vector<std::string>{"program", "argument"});
  CHECK(options.list("off").empty());
  CHECK(options.has("on"));
  CHECK_FALSE(options.has("off"));
}

TEST_CASE("asking for an option that was not declared is our own mistake") {
  const DriverOptions options;
  CHECK_THROWS_AS(static_cast<void>(options.text("port")), std::logic_error);
}
