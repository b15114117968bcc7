#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "tests/drivers/driver_test.h"
#include "tests/drivers/power/script_peer.h"

// The pdudaemon driver on the real daemon, which switches by a script.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;

class PduDaemon : public ScriptPeer {
 public:
  PduDaemon() : ScriptPeer("command \"$2\" \"$1\"\n") {
    const int port = free_port(SOCK_STREAM);
    write("pdudaemon.conf", R"({"daemon":{"hostname":"127.0.0.1","port":)" + text(port) +
                                R"(,"logging_level":"ERROR","listener":"http"},"pdus":{"rack1":)" +
                                R"({"driver":"localcmdline","cmd_on":")" + script() +
                                R"( 1 %s","cmd_off":")" + script() + R"( 0 %s"}}})");
    start({"pdudaemon", "--conf", file("pdudaemon.conf")}, FaultyRelay::Kind::tcp, port);
  }

  DriverRow<PowerSwitch> row() const override { return pdudaemon_driver(); }
  Given options(int outlet) const override {
    return {
        {"url", {"http://127.0.0.1:" + text(relay_port())}}, {"pdu", {"rack1"}}, {"outlet", {text(outlet)}}};
  }
  Given nobody_there() const override {
    return {{"url", {"http://127.0.0.1:" + text(free_port(SOCK_STREAM))}}};
  }
  bool reads_back() const override { return false; }
};

const auto skipped = doctest::skip(!has_program("pdudaemon"));

TEST_CASE("the pdudaemon driver stands what the daemon may do" * skipped) {
  PduDaemon peer;
  check_conformance(peer);
}

TEST_CASE("a PDU that the daemon does not know is an error" * skipped) {
  PduDaemon peer;
  DriverWorld world;
  Given given = peer.options(1);
  given["pdu"] = {"rack9"};
  const auto done = world.make(pdudaemon_driver(), given).value()->set(Power::on, world.in(5s), {});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().what.find("rack9 outlet 1: the device answers HTTP status 500") != std::string::npos);
}

}  // namespace
}  // namespace rigbisect
