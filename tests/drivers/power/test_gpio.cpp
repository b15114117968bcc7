#include <cerrno>
#include <string>

#include <doctest/doctest.h>
#include <gpiod.h>

#include "drivers/registry.h"
#include "tests/drivers/driver_test.h"

// The GPIO driver on a libgpiod that this file plays: the kernels of test machines have neither gpio-sim nor
// gpio-mockup, and its ioctls return descriptors, which umockdev cannot. So this shows the driver's calls,
// and nothing of the kernel's.
struct gpiod_line {
  bool requested = false;
  int flags = 0;
  int value = -1;
};
struct gpiod_chip {
  gpiod_line line;
};

namespace {

gpiod_chip the_chip;
bool busy = false, gone = false, stuck = false;

}  // namespace

extern "C" {

gpiod_chip* gpiod_chip_open_lookup(const char* name) {
  errno = ENOENT;
  return std::string(name) == "gpiochip0" && !gone ? &the_chip : nullptr;
}
void gpiod_chip_close(gpiod_chip* chip) {
  chip->line.requested = false;
}
gpiod_line* gpiod_chip_get_line(gpiod_chip* chip, unsigned int offset) {
  return offset == 17 ? &chip->line : nullptr;
}
gpiod_line* gpiod_chip_find_line(gpiod_chip* chip, const char* name) {
  return std::string(name) == "RELAY1" ? &chip->line : nullptr;
}
int gpiod_line_request_output_flags(gpiod_line* line, const char*, int flags, int value) {
  errno = EBUSY;
  if (busy) return -1;
  *line = {.requested = true, .flags = flags, .value = value};
  return 0;
}
int gpiod_line_set_value(gpiod_line* line, int value) {
  errno = ENODEV;
  if (gone || !line->requested) return -1;
  if (!stuck) line->value = value;
  return 0;
}
int gpiod_line_get_value(gpiod_line* line) {
  errno = ENODEV;
  return gone || !line->requested ? -1 : line->value;
}

}  // extern "C"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

struct Pin : DriverWorld {
  Pin() {
    the_chip = {};
    busy = gone = stuck = false;
  }
  Result<std::unique_ptr<PowerSwitch>> relay(const std::string& chip, const std::string& line) {
    return make(gpio_driver(), {{"chip", {chip}}, {"line", {line}}, {"active_low", {"true"}}});
  }
};

TEST_CASE_FIXTURE(Pin, "a pin is held from the first switching on, and read back") {
  const auto power = relay("gpiochip0", "17").value();
  CHECK_FALSE(the_chip.line.requested);
  CHECK_FALSE(power->state(in(1s), {}).value().has_value());
  for (const Power wanted : {Power::off, Power::off, Power::on, Power::on, Power::off}) {
    const auto done = power->set(wanted, in(1s), {});
    CHECK_MESSAGE(done.ok(), (done ? "" : done.error().what));
    CHECK(the_chip.line.requested);
    CHECK(the_chip.line.flags == GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW);
    CHECK(the_chip.line.value == (wanted == Power::on ? 1 : 0));
    CHECK(power->state(in(1s), {}).value() == wanted);
  }
}

TEST_CASE_FIXTURE(Pin, "a line may have a name, and what is not there is told when the board is made") {
  CHECK(relay("gpiochip0", "RELAY1").ok());
  CHECK(relay("gpiochip0", "99").error().what ==
        "gpio gpiochip0 line 99: the chip has no such line (gpioinfo lists them)");
  CHECK(relay("gpiochip7", "17").error().code == Errc::not_found);
}

TEST_CASE_FIXTURE(Pin, "a pin of somebody else, one that is stuck, and one that went away") {
  const auto power = relay("gpiochip0", "17").value();
  busy = true;
  CHECK(power->set(Power::on, in(50ms), {}).error().code == Errc::busy);
  busy = false;
  REQUIRE(power->set(Power::off, in(1s), {}).ok());
  stuck = true;
  const auto still = power->set(Power::on, in(50ms), {});
  REQUIRE_FALSE(still.ok());
  CHECK(still.error().what.starts_with("gpio gpiochip0 line 17: it took the command on and still says off"));
  stuck = false;
  gone = true;
  CHECK(power->set(Power::on, in(50ms), {}).error().code == Errc::disconnected);
  CHECK_FALSE(power->state(in(50ms), {}).value().has_value());
  gone = false;
  CHECK(power->set(Power::on, in(1s), {}).ok());
}

}  // namespace
}  // namespace rigbisect
