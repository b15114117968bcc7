#include <doctest/doctest.h>

#include "drivers/power/snmp_families.h"
#include "drivers/registry.h"
#include "tests/drivers/driver_test.h"
#include "tests/drivers/power/script_peer.h"

// The SNMP driver on net-snmp's snmpd, in which a script plays the outlets of a family.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;

// snmpd calls it as: SCRIPT -g|-n|-s .OID [TYPE VALUE]
std::string outlets_of(const SnmpFamily& family) {
  const auto number = [](long value) { return std::to_string(value); };
  std::string lines = "integer() { printf '%s\\ninteger\\n%s\\n' \"$1\" \"$2\"; }\ncase $1$2=$4 in\n";
  for (const long outlet : {1, 2}) {
    const auto id = [&](const char* pattern) { return "." + snmp_oid(pattern, family.unit, outlet); };
    const std::string o = number(outlet);
    lines += "-s" + id(family.on_oid) + "=" + number(family.on_value) + ") command " + o + " 1 ;;\n";
    lines += "-s" + id(family.off_oid) + "=" + number(family.off_value) + ") command " + o + " 0 ;;\n";
    lines += "-g" + id(family.state_oid) + "=) if said " + o + "; then integer \"$2\" " +
             number(family.state_on) + "; else integer \"$2\" " + number(family.state_off) + "; fi ;;\n";
    // snmpd reads an object before it lets it be set
    lines += "-g" + id(family.on_oid) + "=|-g" + id(family.off_oid) + "=) integer \"$2\" 0 ;;\n";
    if (std::string_view(family.watts_oid).empty()) continue;
    lines += "-g" + id(family.watts_oid) + "=) integer \"$2\" $(drawn " + o + ") ;;\n";
  }
  return lines + "-s*) echo not-writable ;;\nesac\nexit 0\n";
}

// The vendor's part of the tree: ".1.3.6.1.4.1.318".
std::string tree_of(const SnmpFamily& family) {
  const std::string id = family.state_oid;
  std::size_t end = 0;
  for (int numbers = 0; numbers < 7; ++numbers) end = id.find('.', end) + 1;
  return "." + id.substr(0, end - 1);
}

// snmpd keeps what a `pass` script answered for seconds; `pass_persist` asks every time.
constexpr const char* kPersistent = R"sh(#!/bin/sh
cd "$(dirname "$0")" || exit 1
while read -r verb; do
  case $verb in
  PING) echo PONG ;;
  get) read -r oid; said=$(./script -g "$oid"); echo "${said:-NONE}" ;;
  '') ;; # a set ends with an empty line
  set) read -r oid; read -r type value; value=${value%\"}; value=${value#\"}; said=$(./script -s "$oid" "$type" "$value"); echo "${said:-DONE}" ;;
  *) read -r oid; echo NONE ;;
  esac
done
)sh";

class SnmpPeer : public ScriptPeer {
 public:
  SnmpPeer(const SnmpFamily& family, std::string version)
      : ScriptPeer(outlets_of(family)), family_(family), version_(std::move(version)) {
    const int port = free_port(SOCK_DGRAM);
    const std::string system = family.system;
    write("snmpd.conf",
          "rocommunity reader 127.0.0.1\nrwcommunity writer 127.0.0.1\n"
          "createUser rig SHA authentic AES encrypted\nrwuser rig priv\n"
          "sysObjectID ." +
              (system.empty() ? "1.3.6.1.4.1.9999.1" : system) + "\npass_persist " + tree_of(family) + " " +
              file("persistent") + "\n[snmp] persistentDir " + directory().native() + "\n");
    write("persistent", kPersistent);
    std::filesystem::permissions(file("persistent"), std::filesystem::perms::owner_all);
    const std::pair<const char*, const char*> secrets[] = {{"writer", "writer"},
                                                           {"reader", "reader"},
                                                           {"auth", "authentic"},
                                                           {"privacy", "encrypted"},
                                                           {"wrong", "not this one"}};
    for (const auto& [name, secret] : secrets) write(name, secret);
    start({"snmpd", "-f", "-C", "-c", file("snmpd.conf"), "-Lo", "udp:127.0.0.1:" + text(port)},
          FaultyRelay::Kind::udp, port);
  }

  DriverRow<PowerSwitch> row() const override { return snmp_driver(); }
  Given options(int outlet) const override {
    Given given{{"host", {"127.0.0.1"}},
                {"port", {text(relay_port())}},
                {"outlet", {text(outlet)}},
                {"version", {version_}},
                {"community", {"file", file("writer")}},
                {"user", {"rig"}},
                {"auth_password", {"file", file("auth")}},
                {"privacy_password", {"file", file("privacy")}}};
    if (std::string_view(family_.system).empty()) given["family"] = {family_.name};
    return given;
  }
  Given wrong_credentials() const override {
    if (version_ != "3") return {};  // a wrong community is not answered
    return {{"auth_password", {"file", file("wrong")}}};
  }
  bool can(Manners manners) const override {
    return manners == Manners::lies ? !std::string_view(family_.watts_oid).empty() : ScriptPeer::can(manners);
  }

 private:
  const SnmpFamily& family_;
  std::string version_;
};

const SnmpFamily& family_called(std::string_view name) {
  for (const SnmpFamily& family : snmp_families()) {
    if (family.name == name) return family;
  }
  FAIL("no such family");
  return snmp_families()[0];
}

const auto skipped = doctest::skip(!has_program("snmpd"));

TEST_CASE("the SNMP driver stands what a PDU may do, in version 3" * skipped) {
  SnmpPeer peer(family_called("apc-rpdu2"), "3");
  check_conformance(peer);
}

TEST_CASE("the SNMP driver stands what a PDU may do, in version 1" * skipped) {
  SnmpPeer peer(family_called("apc-rpdu"), "1");
  check_conformance(peer);
}

TEST_CASE("every family is recognised, switches and reads back" * skipped) {
  DriverWorld world;
  for (const SnmpFamily& family : snmp_families()) {
    CAPTURE(family.name);
    SnmpPeer peer(family, "2c");
    for (const int outlet : {1, 2}) {
      auto power = world.make(snmp_driver(), peer.options(outlet));
      REQUIRE(power.ok());
      for (const Power wanted : {Power::on, Power::off, Power::on}) {
        const auto done = (*power)->set(wanted, world.in(10s), {});
        REQUIRE_MESSAGE(done.ok(), (done ? "" : done.error().what));
        CHECK(peer.is_on(outlet) == (wanted == Power::on));
        CHECK((*power)->state(world.in(10s), {}).value() == wanted);
      }
      const auto watts = (*power)->meter()->watts(world.in(10s), {});
      REQUIRE(watts.ok());
      CHECK(watts->has_value() == !std::string_view(family.watts_oid).empty());
      if (*watts) CHECK(**watts == 42);
    }
  }
}

TEST_CASE("a community that may only read is refused by name" * skipped) {
  SnmpPeer peer(family_called("apc-rpdu"), "2c");
  DriverWorld world;
  Given given = peer.options(1);
  given["community"] = {"file", peer.file("reader")};
  const auto done = world.make(snmp_driver(), given).value()->set(Power::on, world.in(10s), {});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().code == Errc::denied);
  CHECK(done.error().what.find("may this community or user write?") != std::string::npos);
  CHECK_FALSE(peer.is_on(1));
}

TEST_CASE("an outlet that the PDU does not have is named" * skipped) {
  SnmpPeer peer(family_called("raritan-px2"), "2c");
  DriverWorld world;
  const auto done = world.make(snmp_driver(), peer.options(7)).value()->set(Power::on, world.in(10s), {});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().code == Errc::not_found);
  CHECK(done.error().what.find("outlet 7: this device") != std::string::npos);
}

}  // namespace

TEST_CASE("an OID is below another by whole numbers") {
  CHECK(is_below("1.3.6.1.4.1.318.1.3.4.5", "1.3.6.1.4.1.318.1.3.4.5"));
  CHECK(is_below("1.3.6.1.4.1.850.1.7", "1.3.6.1.4.1.850"));
  CHECK_FALSE(is_below("1.3.6.1.4.1.8501", "1.3.6.1.4.1.850"));
}

}  // namespace rigbisect
