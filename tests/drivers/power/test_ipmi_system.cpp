#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "os/file.h"
#include "tests/drivers/driver_test.h"
#include "tests/drivers/power/conformance.h"
#include "tests/drivers/power/script_peer.h"

// The IPMI driver on OpenIPMI's ipmi_sim, a whole BMC whose chassis is a script.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;

// ipmi_sim calls it as: SCRIPT MC get|set|check [power|reset|boot [VALUE]]...
constexpr const char* kChassis = R"sh(shift; verb=$1; shift
while [ $# -gt 0 ]; do
  case $verb-$1 in
  get-power) if said 1; then echo power:1; else echo power:0; fi; shift ;;
  get-boot) echo "boot:$(cat boot 2>/dev/null || echo none)"; shift ;;
  set-power) command 1 "$2"; shift 2 ;;
  set-boot) echo "$2" >boot; shift 2 ;;
  get-*) echo "$1:0"; shift ;;
  *) shift 2 ;;
  esac
done
)sh";

class IpmiPeer : public ScriptPeer {
 public:
  IpmiPeer() : ScriptPeer(kChassis), port_(free_port(SOCK_DGRAM)) {
    write("lan.conf", "name \"board\"\nset_working_mc 0x20\nstartlan 1\n addr 127.0.0.1 " + text(port_) +
                          "\n priv_limit admin\n allowed_auths_callback none md2 md5 straight\n"
                          " allowed_auths_user none md2 md5 straight\n allowed_auths_operator none md2 md5 "
                          "straight\n allowed_auths_admin none md2 md5 straight\n"
                          " guid a123456789abcdefa123456789abcdee\nendlan\nchassis_control \"" +
                          script() +
                          " 0x20\"\nuser 1 true \"\" \"\" user 10 none md2 md5 straight\n"
                          "user 2 true \"rig\" \"test\" admin 10 none md2 md5 straight\n");
    write("sim.emu",
          "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02\n"
          "sel_enable 0x20 1000 0x0a\nmc_enable 0x20\n");
    std::filesystem::create_directory(directory() / "state");
    write("password", "test\n");
    write("wrong", "tset\n");
    start({"ipmi_sim", "-c", file("lan.conf"), "-f", file("sim.emu"), "-s", file("state"), "-n"},
          FaultyRelay::Kind::udp, port_);
  }

  DriverRow<PowerSwitch> row() const override { return ipmi_driver(); }
  Given options(int) const override {
    return {{"host", {"127.0.0.1"}},
            {"port", {text(relay_port())}},
            {"user", {"rig"}},
            {"password", {"file", file("password")}},
            {"cipher", {"3"}},  // ipmi_sim lets the question for cipher suites time out
            {"privilege", {"administrator"}}};
  }
  int outlets() const override { return 1; }
  Given wrong_credentials() const override { return {{"password", {"file", file("wrong")}}}; }

 private:
  int port_;
};

const auto skipped = doctest::skip(!has_program("ipmi_sim") || !has_program("ipmitool"));

TEST_CASE("the IPMI driver stands what a BMC may do" * skipped) {
  IpmiPeer peer;
  check_conformance(peer);
}

TEST_CASE("a BMC takes a boot override" * skipped) {
  IpmiPeer peer;
  DriverWorld world;
  const auto power = world.make(ipmi_driver(), peer.options(1));
  REQUIRE(power.ok());
  BootOverride* override = (*power)->boot_override();
  REQUIRE(override != nullptr);
  CHECK(override->boot_once(BootTarget::network, world.in(20s), {}).ok());
  CHECK(*read_file(peer.directory() / "boot") == "pxe\n");
  CHECK(override->boot_once(BootTarget::disk, world.in(20s), {}).ok());
}

TEST_CASE("a BMC without a meter has no watts" * skipped) {
  IpmiPeer peer;
  DriverWorld world;
  const auto power = world.make(ipmi_driver(), peer.options(1));
  REQUIRE(power.ok());
  const auto watts = (*power)->meter()->watts(world.in(20s), {});
  REQUIRE(watts.ok());
  CHECK_FALSE(watts->has_value());
}

TEST_CASE("the password is in no argument and no message" * skipped) {
  IpmiPeer peer;
  DriverWorld world;
  Given given = peer.options(1);
  given["password"] = {"file", peer.file("wrong")};
  const auto power = world.make(ipmi_driver(), given);
  REQUIRE(power.ok());
  const auto done = (*power)->set(Power::on, world.in(20s), {});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().what.find("tset") == std::string::npos);
}

}  // namespace
}  // namespace rigbisect
