#include <atomic>
#include <thread>

#include <doctest/doctest.h>
#include <modbus/modbus.h>
#include <pty.h>
#include <termios.h>

#include "drivers/registry.h"
#include "os/fd.h"
#include "tests/drivers/driver_test.h"
#include "tests/drivers/power/faulty_relay.h"
#include "tests/drivers/power/outlet_model.h"
#include "tests/fakes/running_program.h"

// The Modbus driver on libmodbus's own server, over TCP and over a pty.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;

constexpr int kCoils = 8;

// Serves `context` until its socket ends. Coil 0 is outlet 1.
void serve(modbus_t* context, modbus_mapping_t* coils, OutletModel& model) {
  std::uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
  for (;;) {
    const int size = modbus_receive(context, query);
    if (size < 0) return;
    if (size == 0) continue;
    const std::uint8_t* pdu = query + modbus_get_header_length(context);
    const int address = pdu[1] << 8 | pdu[2];
    if (address < kCoils && pdu[0] == MODBUS_FC_WRITE_SINGLE_COIL) model.command(address + 1, pdu[3] == 0xff);
    if (address < kCoils && pdu[0] == MODBUS_FC_WRITE_MULTIPLE_COILS) model.command(address + 1, pdu[6] == 1);
    if (pdu[0] == MODBUS_FC_READ_COILS) {
      for (int coil = 0; coil < kCoils; ++coil) {
        const bool asked = coil == address;
        coils->tab_bits[coil] = (asked ? model.said(coil + 1) : model.is_on(coil + 1)) ? 1 : 0;
      }
    }
    modbus_reply(context, query, size, coils);
  }
}

struct MappingFree {
  void operator()(modbus_mapping_t* mapping) const { modbus_mapping_free(mapping); }
};
using Mapping = std::unique_ptr<modbus_mapping_t, MappingFree>;

class TcpBoard : public Peer {
 public:
  TcpBoard() : port_(free_port(SOCK_STREAM)), relay_(nullptr) {
    context_ = modbus_new_tcp("127.0.0.1", port_);
    listener_ = Fd(modbus_tcp_listen(context_, 8));
    relay_ = std::make_unique<FaultyRelay>(FaultyRelay::Kind::tcp, port_);
    thread_ = std::jthread([this](const std::stop_token& stop) {
      const Mapping coils(modbus_mapping_new(kCoils, 0, 0, 0));
      const std::array<int, 1> fds{listener_.get()};
      while (wait_ready(fds, false, Deadline::max(), stop)) {
        int listener = listener_.get();
        if (modbus_tcp_accept(context_, &listener) < 0) continue;
        serve(context_, coils.get(), model_);
        modbus_close(context_);
      }
    });
  }
  ~TcpBoard() override {
    relay_.reset();  // ends its connections
    thread_.request_stop();
    thread_.join();
    modbus_free(context_);
  }

  DriverRow<PowerSwitch> row() const override { return modbus_driver(); }
  Given options(int outlet) const override {
    return {{"host", {"127.0.0.1"}},
            {"port", {std::to_string(relay_->port())}},
            {"coil", {std::to_string(outlet - 1)}}};
  }
  Given nobody_there() const override { return {{"port", {std::to_string(free_port(SOCK_STREAM))}}}; }
  std::string device() const override { return "127.0.0.1"; }
  bool can(Manners manners) const override { return manners != Manners::lies; }
  void behave(Manners manners) override {
    model_.behave(manners);
    relay_->behave(manners);
  }
  bool is_on(int outlet) const override { return model_.is_on(outlet); }

 private:
  int port_;
  OutletModel model_;
  modbus_t* context_ = nullptr;
  Fd listener_;
  std::unique_ptr<FaultyRelay> relay_;
  std::jthread thread_;
};

// A board on a serial line: the far end of a pty.
class RtuBoard {
 public:
  RtuBoard() {
    int master = -1, slave = -1;
    char name[64] = {};
    termios raw{};
    ::cfmakeraw(&raw);
    if (::openpty(&master, &slave, name, &raw, nullptr) != 0) throw std::runtime_error("no pty");
    line_ = name;
    near_.reset(slave);
    context_ = modbus_new_rtu(name, 9600, 'N', 8, 1);
    modbus_set_slave(context_, 1);
    modbus_set_socket(context_, master);
    thread_ = std::jthread([this, master] {
      const Mapping coils(modbus_mapping_new(kCoils, 0, 0, 0));
      while (!ended_) serve(context_, coils.get(), model_);
      ::close(master);
    });
  }
  ~RtuBoard() {
    ended_ = true;
    near_.reset();
    thread_.join();
    modbus_free(context_);
  }

  const std::string& line() const { return line_; }
  bool is_on(int outlet) const { return model_.is_on(outlet); }

 private:
  std::string line_;
  Fd near_;
  OutletModel model_;
  modbus_t* context_ = nullptr;
  std::atomic<bool> ended_{false};
  std::jthread thread_;
};

TEST_CASE("the Modbus driver stands what a board may do") {
  TcpBoard board;
  check_conformance(board);
}

TEST_CASE("coils are also written by function 0F and read in one range") {
  TcpBoard board;
  DriverWorld world;
  Given given = board.options(3);
  given["write"] = {"multiple"};
  given["read_coils"] = {"8"};
  const auto power = world.make(modbus_driver(), given);
  REQUIRE(power.ok());
  CHECK((*power)->set(Power::on, world.in(5s), {}).ok());
  CHECK(board.is_on(3));
  CHECK_FALSE(board.is_on(1));
  CHECK((*power)->state(world.in(5s), {}).value() == Power::on);
}

TEST_CASE("a coil that the board does not have is named") {
  TcpBoard board;
  DriverWorld world;
  const auto state = world.make(modbus_driver(), board.options(50)).value()->state(world.in(5s), {});
  REQUIRE_FALSE(state.ok());
  CHECK(state.error().code == Errc::not_found);
  CHECK(state.error().what.find("coil 49") != std::string::npos);
}

TEST_CASE("coils on a serial line switch and read back, two boards at once") {
  RtuBoard board;
  DriverWorld world;
  const auto make = [&](const char* coil) {
    return std::move(world.make(modbus_driver(), {{"line", {board.line()}}, {"coil", {coil}}})).value();
  };
  const auto first = make("0");
  const auto second = make("1");
  Result<void> others;
  {
    std::jthread other([&] { others = second->set(Power::on, world.in(10s), {}); });
    const auto done = first->set(Power::on, world.in(10s), {});
    CHECK_MESSAGE(done.ok(), (done ? "" : done.error().what));
  }
  CHECK_MESSAGE(others.ok(), (others ? "" : others.error().what));
  CHECK(board.is_on(1));
  CHECK(board.is_on(2));
  CHECK(first->set(Power::off, world.in(10s), {}).ok());
  CHECK(first->state(world.in(5s), {}).value() == Power::off);
}

}  // namespace
}  // namespace rigbisect
