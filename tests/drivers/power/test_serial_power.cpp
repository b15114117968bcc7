#include <thread>

#include <doctest/doctest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "drivers/registry.h"
#include "tests/drivers/driver_test.h"
#include "tests/drivers/power/conformance.h"
#include "tests/drivers/power/outlet_model.h"
#include "tests/fakes/fake_serial_bus.h"

// Switches on serial adapters. There are no such devices here: the boards are played as their manuals say, at
// the far end of emulated USB adapters, through the real libserialport.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;

constexpr const char* kId = "usb-Acme_Relays-if00";
// Not by the link where two threads open it: umockdev 0.17 follows links by a buffer that all threads share.
const std::string kPort = "/dev/ttyUSB1";
const std::string kLink = std::string("/dev/serial/by-id/") + kId;
const auto skipped = doctest::skip(!FakeSerialBus::available());

class SerialPeer : public Peer {
 public:
  explicit SerialPeer(DriverRow<PowerSwitch> row) : row_(std::move(row)), wire_(bus_.plug("ttyUSB1", kId)) {}
  ~SerialPeer() override { stop(); }

  DriverRow<PowerSwitch> row() const override { return row_; }
  Given nobody_there() const override { return {{"port", {"/dev/ttyUSB9"}}}; }
  std::string device() const override { return "/dev/ttyUSB"; }
  bool can(Manners manners) const override { return manners != Manners::lies && manners != Manners::reset; }
  void behave(Manners manners) override {
    model_.behave(manners);
    manners_ = manners;
  }
  bool is_on(int outlet) const override { return model_.is_on(outlet); }

 protected:
  // Takes a request off the front of what came; nullopt if it is not complete.
  virtual std::optional<std::string> answer(std::string& came) = 0;
  OutletModel& model() { return model_; }
  void start() {
    thread_ = std::jthread([this](const std::stop_token& end) { serve(end); });
  }
  void stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void serve(const std::stop_token& end) {
    const std::array<int, 1> fds{wire_};
    std::string came;
    while (wait_ready(fds, false, Deadline::max(), end)) {
      std::array<char, 64> buffer{};
      const ssize_t count = ::read(wire_, buffer.data(), buffer.size());
      if (count <= 0) return;
      came.append(buffer.data(), static_cast<std::size_t>(count));
      while (auto reply = answer(came)) say(*reply);
    }
  }

  void say(std::string reply) const {
    if (manners_ == Manners::silent) return;
    if (manners_ == Manners::half) reply.resize(reply.size() / 8);  // not one whole line
    if (manners_ == Manners::garbage && !reply.empty()) reply = "\x1b[2J\xff garbage\r\n";
    [[maybe_unused]] const ssize_t written = ::write(wire_, reply.data(), reply.size());
  }

  DriverRow<PowerSwitch> row_;
  FakeSerialBus bus_;
  int wire_;
  OutletModel model_;
  std::atomic<Manners> manners_{Manners::honest};
  std::jthread thread_;
};

class LcusPeer : public SerialPeer {
 public:
  LcusPeer() : SerialPeer(lcus_driver()) { start(); }
  ~LcusPeer() override { stop(); }
  Given options(int outlet) const override {
    return {{"port", {kPort}}, {"channel", {std::to_string(outlet)}}, {"confirm", {"required"}}};
  }
  // It answers what it was told, at once; a command may get lost, so it is told again.
  bool can(Manners manners) const override { return manners != Manners::slow && SerialPeer::can(manners); }

 private:
  std::optional<std::string> answer(std::string& came) override {
    if (came.empty()) return std::nullopt;
    if (came[0] == '\xff') {
      came.erase(0, 1);
      std::string reply;
      for (int channel = 1; channel <= 4; ++channel) {
        reply += "CH" + std::to_string(channel) + (model().said(channel) ? ": ON \r\n" : ":OFF\r\n");
      }
      return reply;
    }
    if (came.size() < 4) return std::nullopt;
    model().command(came[1], came[2] == 1);
    came.erase(0, 4);
    return "";
  }
};

class NumatoPeer : public SerialPeer {
 public:
  NumatoPeer() : SerialPeer(numato_driver()) { start(); }
  ~NumatoPeer() override { stop(); }
  Given options(int outlet) const override {
    return {{"port", {kPort}}, {"relay", {std::to_string(outlet)}}};
  }

 private:
  std::optional<std::string> answer(std::string& came) override {
    const auto end = came.find('\r');
    if (end == std::string::npos) return std::nullopt;
    const std::string line = came.substr(0, end);
    came.erase(0, end + 1);
    if (line.empty()) return "\n\r>";
    const int relay = line.back() - '0';
    if (line.starts_with("relay read "))
      return line + "\n\r" + (model().said(relay) ? "on" : "off") + "\n\r>";
    if (line.starts_with("relay on ")) model().command(relay, true);
    if (line.starts_with("relay off ")) model().command(relay, false);
    return line + "\n\r>";
  }
};

TEST_CASE("the LCUS driver stands what a board may do" * skipped) {
  LcusPeer peer;
  check_conformance(peer);
}

TEST_CASE("the Numato driver stands what a module may do" * skipped) {
  NumatoPeer peer;
  check_conformance(peer);
}

TEST_CASE("Numato modules call their relays by digit, letter or two digits" * skipped) {
  DriverWorld world;
  FakeSerialBus bus;
  bus.plug("ttyUSB1", kId);
  const auto name_of = [&](const char* relay, const char* relays) {
    const auto power =
        world.make(numato_driver(), {{"port", {kPort}}, {"relay", {relay}}, {"relays", {relays}}});
    if (!power) return power.error().what;
    return (*power)->set(Power::on, world.in(50ms), {}).error().what;
  };
  CHECK(name_of("7", "8").find("relay 7:") != std::string::npos);
  CHECK(name_of("15", "16").find("relay F:") != std::string::npos);
  CHECK(name_of("31", "32").find("relay V:") != std::string::npos);
  CHECK(name_of("7", "64").find("relay 07:") != std::string::npos);
  CHECK(name_of("8", "8").find("they are counted from 0") != std::string::npos);
}

struct LineRig : DriverWorld {
  std::unique_ptr<PowerSwitch> power(Given given) {
    given["port"] = {kLink};
    auto made = make(serial_line_driver(), given);
    if (!made) FAIL(made.error().what);
    return std::move(*made);
  }
  FakeSerialBus bus;
  int wire = bus.plug("ttyUSB1", kId);
};

TEST_CASE_FIXTURE(LineRig, "an output of a serial adapter switches and is read back" * skipped) {
  const auto relay = power({{"line", {"rts"}}});
  CHECK((bus.line().outputs & TIOCM_RTS) == 0);
  for (const Power wanted : {Power::off, Power::on, Power::on, Power::off}) {
    const auto done = relay->set(wanted, in(5s), {});
    CHECK_MESSAGE(done.ok(), (done ? "" : done.error().what));
    CHECK(((bus.line().outputs & TIOCM_RTS) != 0) == (wanted == Power::on));
    CHECK(relay->state(in(5s), {}).value() == wanted);
  }
}

TEST_CASE_FIXTURE(LineRig, "an inverted output is on while it is not asserted" * skipped) {
  const auto relay = power({{"line", {"dtr"}}, {"inverted", {"true"}}});
  CHECK((bus.line().outputs & TIOCM_DTR) != 0);  // off, from the first moment
  CHECK(relay->set(Power::on, in(5s), {}).ok());
  CHECK((bus.line().outputs & TIOCM_DTR) == 0);
}

TEST_CASE_FIXTURE(LineRig,
                  "an adapter with the relay that is pulled is an error, and off when it is back" * skipped) {
  const auto relay = power({{"line", {"dtr"}}});
  REQUIRE(relay->set(Power::on, in(5s), {}).ok());
  bus.unplug("ttyUSB1");
  const auto away = relay->set(Power::off, in(200ms), {});
  REQUIRE_FALSE(away.ok());
  CHECK(away.error().what.starts_with("serial-line " + kLink + " DTR: "));
  wire = bus.plug("ttyUSB2", kId);
  CHECK(relay->state(in(5s), {}).value() == Power::off);
  CHECK((bus.line().outputs & TIOCM_DTR) == 0);
}

}  // namespace
}  // namespace rigbisect
