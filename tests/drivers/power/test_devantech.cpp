#include <thread>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/registry.h"
#include "os/file.h"
#include "tests/drivers/driver_test.h"
#include "tests/drivers/power/faulty_relay.h"
#include "tests/drivers/power/outlet_model.h"
#include "tests/fakes/running_program.h"
#include "tests/fakes/scratch_directory.h"

// The Devantech driver on a module that the test plays as the manual says: there is no such device here.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;

class Module : public Peer {
 public:
  explicit Module(std::string model = "eth008") : model_name_(std::move(model)) {
    listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_.get(), generic, size) == 0);
    REQUIRE(::listen(listener_.get(), 8) == 0);
    REQUIRE(::getsockname(listener_.get(), generic, &size) == 0);
    relay_ = std::make_unique<FaultyRelay>(FaultyRelay::Kind::tcp, ntohs(address.sin_port));
    write("password", "apple");
    write("wrong", "pear");
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~Module() override {
    relay_.reset();  // ends its connections
    thread_.request_stop();
    thread_.join();
  }

  DriverRow<PowerSwitch> row() const override { return devantech_driver(); }
  Given options(int outlet) const override {
    return {{"host", {"127.0.0.1"}},
            {"port", {std::to_string(relay_->port())}},
            {"model", {model_name_}},
            {"relay", {std::to_string(outlet)}},
            {"password", {"file", scratch_.path() / "password"}}};
  }
  Given wrong_credentials() const override { return {{"password", {"file", scratch_.path() / "wrong"}}}; }
  Given nobody_there() const override { return {{"port", {std::to_string(free_port(SOCK_STREAM))}}}; }
  std::string device() const override { return "127.0.0.1"; }
  bool can(Manners manners) const override { return manners != Manners::lies; }
  void behave(Manners manners) override {
    model_.behave(manners);
    relay_->behave(manners);
  }
  bool is_on(int outlet) const override { return model_.is_on(outlet); }
  long cycle_ticks() const { return model_.cycle_time(); }

 private:
  void write(const std::string& name, const std::string& content) const {
    REQUIRE(write_file_atomically(scratch_.path() / name, content).ok());
    std::filesystem::permissions(scratch_.path() / name, std::filesystem::perms::owner_read);
  }

  void serve(const std::stop_token& stop) {
    const std::array<int, 1> fds{listener_.get()};
    while (wait_ready(fds, false, Deadline::max(), stop)) {
      const Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      bool logged_in = false;
      char request[64];
      // each command comes in one packet, as the manual wants it
      for (ssize_t count = 0; (count = ::recv(client.get(), request, sizeof request, 0)) > 0;) {
        const std::string reply = answer({request, static_cast<std::size_t>(count)}, logged_in);
        (void)::send(client.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
      }
    }
  }

  std::string answer(std::string_view request, bool& logged_in) {
    switch (request.front()) {
      case 0x79:
        logged_in = request.substr(1) == "apple";
        return std::string(1, logged_in ? 1 : 2);
      case 0x7a:
        return std::string(1, logged_in ? 30 : 0);
      case 0x20:
      case 0x21:
        if (!logged_in || request.size() != 3 || request[1] < 1 || request[1] > 8) return std::string(1, 1);
        if (request[0] == 0x21 && request[2] != 0) {
          model_.cycle(request[1], static_cast<unsigned char>(request[2]));
        } else {
          model_.command(request[1], request[0] == 0x20);
        }
        return std::string(1, 0);
      case 0x24: {
        int bits = 0;
        for (int relay = 1; relay <= 8; ++relay) bits |= (model_.said(relay) ? 1 : 0) << (relay - 1);
        return std::string(1, static_cast<char>(bits)) +
               (model_name_ == "eth8020" ? std::string(2, '\0') : "");
      }
      default:
        return "";
    }
  }

  std::string model_name_;
  ScratchDirectory scratch_;
  OutletModel model_;
  Fd listener_;
  std::unique_ptr<FaultyRelay> relay_;
  std::jthread thread_;
};

TEST_CASE("the Devantech driver stands what a module may do") {
  Module module("eth8020");
  check_conformance(module);
}

TEST_CASE("a module's own timer switches on again, after 25.5 s at most") {
  Module module;
  check_timer(module, 25450ms);
  CHECK(module.cycle_ticks() == 255);
  DriverWorld world;
  CHECK(world.make(module.row(), module.options(1)).value()->cycler()->longest_off() == 25500ms);
}

TEST_CASE("a module that wants a password says so; a relay that it has not is named") {
  Module module;
  DriverWorld world;
  Given given = module.options(1);
  given.erase("password");
  const auto locked = world.make(devantech_driver(), given).value()->set(Power::on, world.in(5s), {});
  REQUIRE_FALSE(locked.ok());
  CHECK(locked.error().code == Errc::denied);
  given = module.options(9);
  const auto none = world.make(devantech_driver(), given);
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().what.find("an eth008 has 8 relays, and 'relay' is 9") != std::string::npos);
}

}  // namespace
}  // namespace rigbisect
