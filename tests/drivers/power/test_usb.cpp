#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "os/file.h"
#include "tests/drivers/driver_test.h"
#include "tests/drivers/power/outlet_model.h"
#include "tests/fakes/fake_usb_bus.h"

// Drivers of USB switches: real libusb on devices that umockdev shows and this test plays, as the drivers of
// labgrid, sispmctl and pdudaemon know them. No such device is here.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;

const auto skipped = doctest::skip(!FakeUsbBus::available());

using Bytes = std::vector<std::uint8_t>;

std::unique_ptr<Bytes> reply(Bytes bytes) {
  return std::make_unique<Bytes>(std::move(bytes));
}

// What devices on a bus have in common as peers.
class UsbPeer : public Peer {
 public:
  std::string device() const override { return "USB 1-"; }
  Given nobody_there() const override { return {{"place", {"1-7"}}}; }
  bool can(Manners manners) const override {
    return manners == Manners::stuck || manners == Manners::slow || manners == Manners::half ||
           manners == Manners::reset;
  }
  void behave(Manners manners) override {
    manners_ = manners;
    model_.behave(manners);
  }
  bool is_on(int outlet) const override { return model_.is_on(outlet); }

 protected:
  // half: short answers; reset: stalls.
  std::unique_ptr<Bytes> spoil(std::unique_ptr<Bytes> bytes) const {
    if (manners_ == Manners::reset) return nullptr;
    if (manners_ == Manners::half && bytes != nullptr) bytes->resize(bytes->size() / 2);
    return bytes;
  }
  OutletModel model_;
  std::atomic<Manners> manners_{Manners::honest};
  FakeUsbBus bus_;
};

class RelayBoard : public UsbPeer {
 public:
  RelayBoard() {
    bus_.plug(5, 0x16c0, 0x05df, "USBRelay2",
              [this](const UsbTransfer& transfer) { return spoil(answer(transfer)); });
  }
  DriverRow<PowerSwitch> row() const override { return hid_relay_driver(); }
  Given options(int outlet) const override {
    return {{"place", {"1-5"}}, {"channel", {std::to_string(outlet)}}};
  }

 private:
  std::unique_ptr<Bytes> answer(const UsbTransfer& transfer) {
    if (transfer.value != 0x0300) return nullptr;
    if (transfer.type == 0x20 && transfer.request == 0x09 && transfer.data.size() == 8) {
      if (transfer.data[1] < 1 || transfer.data[1] > 2) return nullptr;
      if (transfer.data[0] == 0xff || transfer.data[0] == 0xfd) {
        model_.command(transfer.data[1], transfer.data[0] == 0xff);
      }
      return reply({});
    }
    if (transfer.type != 0xa0 || transfer.request != 0x01) return nullptr;
    Bytes report{'R', 'I', 'G', '0', '1', 0, 0, 0};
    for (const int outlet : {1, 2}) {
      report[7] = static_cast<std::uint8_t>(report[7] | (model_.said(outlet) ? 1U : 0U) << (outlet - 1));
    }
    return reply(report);
  }
};

class PowerStrip : public UsbPeer {
 public:
  PowerStrip() {
    bus_.plug(5, 0x04b4, 0xfd13, "", [this](const UsbTransfer& transfer) { return spoil(answer(transfer)); });
  }
  DriverRow<PowerSwitch> row() const override { return sispm_driver(); }
  Given options(int outlet) const override {
    return {{"place", {"1-5"}}, {"outlet", {std::to_string(outlet)}}};
  }

 private:
  std::unique_ptr<Bytes> answer(const UsbTransfer& transfer) {
    const int outlet = (transfer.value - 0x0300) / 3;
    if (outlet < 1 || outlet > 4 || transfer.data.size() != 5) return nullptr;
    if (transfer.type == 0x21 && transfer.request == 0x09) {
      model_.command(outlet, transfer.data[1] == 0x03);
      return reply({});
    }
    if (transfer.type != 0xa1 || transfer.request != 0x01) return nullptr;
    const unsigned state = model_.said(outlet) ? 3 : 2;
    return reply({static_cast<std::uint8_t>(3 * outlet), static_cast<std::uint8_t>(state), 0, 0, 0});
  }
};

TEST_CASE("the HID relay driver stands what a board may do" * skipped) {
  RelayBoard peer;
  check_conformance(peer);
}

TEST_CASE("the SiS-PM driver stands what a strip may do" * skipped) {
  PowerStrip peer;
  check_conformance(peer);
}

TEST_CASE("another device with the relays' shared USB number is refused" * skipped) {
  FakeUsbBus bus;
  bus.plug(5, 0x16c0, 0x05df, "Teensy Joystick", [](const UsbTransfer&) { return nullptr; });
  DriverWorld world;
  const auto done =
      world.make(hid_relay_driver(), {{"place", {"1-5"}}}).value()->set(Power::on, world.in(3s), {});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().code == Errc::invalid);
  CHECK(done.error().what.find("it calls itself 'Teensy Joystick'") != std::string::npos);
}

TEST_CASE("a relay at another place is named" * skipped) {
  RelayBoard peer;
  DriverWorld world;
  const auto done =
      world.make(hid_relay_driver(), {{"place", {"1-6"}}}).value()->set(Power::on, world.in(3s), {});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error() ==
        Error{Errc::not_found,
              "hid-relay at USB 1-6 channel 1: nothing is plugged in there; devices of this kind "
              "are at 1-5"});
}

TEST_CASE("a board with another serial is not switched" * skipped) {
  RelayBoard peer;
  DriverWorld world;
  Given given = peer.options(1);
  given["serial"] = {"RIG02"};
  const auto done = world.make(hid_relay_driver(), given).value()->set(Power::on, world.in(3s), {});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().what.find("has the serial 'RIG01', not 'RIG02'") != std::string::npos);
  CHECK_FALSE(peer.is_on(1));
}

TEST_CASE("a port of a hub is switched through sysfs and read back" * skipped) {
  FakeUsbBus bus;
  bus.plug_hub(4, 3);
  DriverWorld world;
  const auto port = world.make(usb_hub_driver(), {{"hub", {"1-4"}}, {"port", {"2"}}});
  REQUIRE(port.ok());
  CHECK((*port)->state(world.in(3s), {}).value() == Power::on);
  const auto done = (*port)->set(Power::off, world.in(3s), {});
  REQUIRE_MESSAGE(done.ok(), (done ? "" : done.error().what));
  CHECK(read_file(bus.hub_file(4, 2)).value().substr(0, 1) == "1");
  CHECK(read_file(bus.hub_file(4, 1)).value().substr(0, 1) == "0");
  CHECK((*port)->state(world.in(3s), {}).value() == Power::off);
  CHECK((*port)->set(Power::on, world.in(3s), {}).ok());
  const auto none = world.make(usb_hub_driver(), {{"hub", {"1-4"}}, {"port", {"9"}}});
  CHECK(none.value()->state(world.in(3s), {}).error() ==
        Error{Errc::not_found, "usb-hub 1-4 port 9: the hub has no such port"});
}

}  // namespace
}  // namespace rigbisect
