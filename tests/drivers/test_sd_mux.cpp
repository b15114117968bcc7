#include <doctest/doctest.h>

#include "base/text.h"
#include "drivers/boot/sd_mux.h"
#include "drivers/registry.h"
#include "os/file.h"
#include "tests/drivers/driver_test.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scratch_directory.h"

using namespace rigbisect;

namespace {

// There is no such device here. What is sent is held against what Debian's usbsdmux 0.2.1 sends for the same
// (recorded from its source with its ioctl replaced); the answers are the expander's, as its data sheet says.
struct Expander {
  FakeClock clock;
  std::vector<std::string> sent;
  std::array<std::uint8_t, 4> registers{0xff, 0xff, 0x00, 0xff};
  bool stuck = false;
  bool gone = false;

  SdMux mux(SdMux::Model model = SdMux::Model::classic) {
    return {model, [this](const SdMux::Command& command, SdMux::Block& data, bool to_device) -> Result<void> {
              if (gone) return Error{Errc::disconnected, "no such device"};
              const std::string bytes = to_hex(std::span(command).first(8));
              sent.push_back(bytes + (to_device ? " " + to_hex(std::span(data).first(2)) : " ?"));
              if (to_device && !stuck) registers.at(data[0]) = data[1];
              if (!to_device) data[0] = registers.at(command[7]);
              return {};
            }};
  }
};

}  // namespace

TEST_CASE_FIXTURE(Expander, "the card is taken to this machine as usbsdmux does it, and read back") {
  const auto done = mux().connect(SdMux::Side::host, clock, {});
  REQUIRE_MESSAGE(done.ok(), done.error().what);
  CHECK(sent == std::vector<std::string>{"cf23820000020000 010b", "cf23820000020000 03f0",
                                         "cf23820000020000 010b", "cf23820000020000 0100",
                                         "cf22828300010101 ?"});
}

TEST_CASE_FIXTURE(Expander,
                  "the card is given to the board as usbsdmux does it, after a second without supply") {
  const TimePoint began = clock.now();
  const auto done = mux().connect(SdMux::Side::board, clock, {});
  REQUIRE_MESSAGE(done.ok(), done.error().what);
  CHECK(sent == std::vector<std::string>{"cf23820000020000 010b", "cf23820000020000 03f0",
                                         "cf23820000020000 010f", "cf23820000020000 010c",
                                         "cf22828300010101 ?"});
  CHECK(clock.now() - began == std::chrono::seconds(1));
}

TEST_CASE_FIXTURE(Expander, "the Fast model has another expander and other pins") {
  REQUIRE(mux(SdMux::Model::fast).connect(SdMux::Side::board, clock, {}));
  CHECK(sent[2] == "cf23400000020000 010f");
  CHECK(sent[3] == "cf23400000020000 0109");
}

TEST_CASE_FIXTURE(Expander, "a multiplexer that does not switch is found by reading back") {
  stuck = true;
  const auto done = mux().connect(SdMux::Side::board, clock, {});
  REQUIRE_FALSE(done);
  CHECK(done.error().what.find("reads back otherwise (ff instead of 0c)") != std::string::npos);
}

TEST_CASE_FIXTURE(Expander, "a multiplexer that was unplugged is an error, and so is a stop") {
  std::stop_source stop;
  stop.request_stop();
  CHECK(mux().connect(SdMux::Side::host, clock, stop.get_token()).error().code == Errc::cancelled);
  gone = true;
  CHECK(mux().connect(SdMux::Side::host, clock, {}).error().what.starts_with("USB-SD-Mux: no such device"));
}

TEST_CASE("a device that is no multiplexer is refused before anything is sent to it") {
  const ScratchDirectory scratch;
  REQUIRE(write_file_atomically(scratch.path() / "sg9", ""));
  const auto mux = SdMux::open(scratch.path() / "sg9");
  REQUIRE_FALSE(mux);
  CHECK(mux.error().what.find("is no USB-SD-Mux") != std::string::npos);
  CHECK(SdMux::open(scratch.path() / "sg8").error().code == Errc::not_found);
}

TEST_CASE("a flashed medium behind a multiplexer that is not there cannot be armed") {
  DriverWorld world;
  const ScratchDirectory scratch;
  const auto device = (scratch.path() / "disk.img").native();
  const auto both =
      world.make(flash_driver(),
                 {{"device", {device}}, {"sd_mux", {"/dev/sg"}}, {"to_host", {"a"}}, {"to_board", {"b"}}});
  REQUIRE_FALSE(both);
  CHECK(both.error().what.find("leave 'to_host' and 'to_board' out") != std::string::npos);
}
