#include <mutex>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "drivers/power/redfish_replies.h"
#include "drivers/registry.h"
#include "tests/drivers/driver_test.h"
#include "tests/drivers/power/http_peer.h"

// The Redfish driver on a service that the test plays over real HTTP: it answers as the mock-ups of DSP2043
// (public-rackmount1) and the text of DSP0266 have it. There is no BMC here.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* kSystem = "/redfish/v1/Systems/437XR1138R2";

class Service : public HttpPeer {
 public:
  explicit Service(Login login = Login::basic)
      : HttpPeer(redfish_driver(), login), sessions_(login == Login::none) {}

  int outlets() const override { return 1; }
  bool can(Manners manners) const override { return manners != Manners::lies; }
  json boot() const {
    const std::lock_guard lock(mutex_);
    return boot_;
  }
  int sessions() const {
    const std::lock_guard lock(mutex_);
    return open_sessions_;
  }
  void offer(std::optional<std::vector<std::string>> types) {
    const std::lock_guard lock(mutex_);
    types_ = std::move(types);
  }
  void be_two_systems() { two_ = true; }
  void forget_boot() { forgets_boot_ = true; }

 private:
  Given outlet_options(int) const override {
    return sessions_ ? Given{{"login", {"session"}}, {"user", {"rig"}}} : Given{};
  }

  HttpAnswer answer(const HttpQuestion& question) override {
    const std::lock_guard lock(mutex_);
    if (question.path == "/redfish/v1/SessionService/Sessions" && question.method == "POST") {
      return log_in(json::parse(question.body));
    }
    if (sessions_ && question.header("x-auth-token") != "token-1") return {401, ""};
    if (question.method == "DELETE" && question.path == "/redfish/v1/SessionService/Sessions/1") {
      --open_sessions_;
      return {204, ""};
    }
    if (question.path == "/redfish/v1/Systems") return {200, systems().dump()};
    if (question.path == "/redfish/v1/Systems/437XR1138R2/ResetActionInfo") return {200, reset_info().dump()};
    if (question.path == kSystem && question.method == "GET") return {200, system().dump()};
    if (question.path == kSystem && question.method == "PATCH") return patch(question);
    if (question.path == std::string(kSystem) + "/Actions/ComputerSystem.Reset") return reset(question);
    return {404, R"({"error":{"code":"Base.1.0.ResourceMissingAtURI"}})"};
  }

  HttpAnswer log_in(const json& account) {
    if (account != json{{"UserName", "rig"}, {"Password", "secret"}}) return {401, ""};
    ++open_sessions_;
    return {201,
            R"({"@odata.id":"/redfish/v1/SessionService/Sessions/1"})",
            {{"X-Auth-Token", "token-1"}, {"Location", "/redfish/v1/SessionService/Sessions/1"}}};
  }

  json systems() const {
    json members = json::array({{{"@odata.id", kSystem}}});
    if (two_) members.push_back({{"@odata.id", "/redfish/v1/Systems/Node2"}});
    return {{"@odata.type", "#ComputerSystemCollection.ComputerSystemCollection"}, {"Members", members}};
  }

  json system() {
    json reset{{"target", std::string(kSystem) + "/Actions/ComputerSystem.Reset"}};
    if (types_) reset["ResetType@Redfish.AllowableValues"] = *types_;
    if (!types_) reset["@Redfish.ActionInfo"] = std::string(kSystem) + "/ResetActionInfo";
    return {{"@odata.id", kSystem},
            {"@odata.etag", "W/\"1\""},
            {"PowerState", model().said(1) ? "On" : "Off"},
            {"Boot", boot_},
            {"Actions", {{"#ComputerSystem.Reset", reset}}}};
  }

  static json reset_info() {
    return {{"Parameters", json::array({{{"Name", "ResetType"},
                                         {"AllowableValues", {"ForceOn", "ForceOff", "PowerCycle"}}}})}};
  }

  // A reset that does not fit the state is refused, as iLO and XCC do.
  HttpAnswer reset(const HttpQuestion& question) {
    const std::string type = json::parse(question.body)["ResetType"];
    const bool on = type == "On" || type == "ForceOn";
    if (model().is_on(1) == on) return {400, R"({"error":{"message":"InvalidOperationForSystemState"}})"};
    if (!on && type != "ForceOff") return {400, R"({"error":{"message":"ActionParameterValueNotInList"}})"};
    model().command(1, on);
    return {204, ""};
  }

  HttpAnswer patch(const HttpQuestion& question) {
    if (question.header("if-match") != "W/\"1\"") return {428, ""};
    if (!forgets_boot_) boot_.update(json::parse(question.body)["Boot"]);
    return {200, ""};
  }

  mutable std::mutex mutex_;
  bool sessions_;
  int open_sessions_ = 0;
  bool two_ = false;
  bool forgets_boot_ = false;
  std::optional<std::vector<std::string>> types_{{"On", "ForceOff", "GracefulShutdown", "GracefulRestart",
                                                  "ForceRestart", "Nmi", "ForceOn", "PushPowerButton"}};
  json boot_{
      {"BootSourceOverrideEnabled", "Disabled"},
      {"BootSourceOverrideTarget", "None"},
      {"BootSourceOverrideMode", "UEFI"},
      {"BootSourceOverrideTarget@Redfish.AllowableValues", {"None", "Pxe", "Cd", "Usb", "Hdd", "BiosSetup"}}};
};

Result<void> switch_on(Service& service, const Given& more = {}) {
  DriverWorld world;
  Given given = service.options(1);
  for (const auto& [name, values] : more) given[name] = values;
  return world.make(redfish_driver(), given).value()->set(Power::on, world.in(5s), {});
}

TEST_CASE("the Redfish driver stands what a service may do, with basic authentication") {
  Service service;
  check_conformance(service);
}

TEST_CASE("the Redfish driver stands what a service may do, with sessions, and leaves none") {
  Service service(HttpPeer::Login::none);
  check_conformance(service);
  const int before = service.sessions();  // those whose end a fault kept from being asked for
  CHECK(switch_on(service).ok());
  CHECK(service.sessions() == before);
}

TEST_CASE("reset types are used as advertised, also through ActionInfo") {
  Service service;
  service.offer(std::vector<std::string>{"ForceOn", "ForceOff"});
  CHECK(switch_on(service).ok());
  Service other;
  other.offer(std::nullopt);
  CHECK(switch_on(other).ok());
  Service neither;
  neither.offer(std::vector<std::string>{"GracefulShutdown", "PushPowerButton"});
  const auto refused = switch_on(neither);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().what.find("the service offers no reset On or ForceOn, only GracefulShutdown, "
                                  "PushPowerButton") != std::string::npos);
}

TEST_CASE("of several systems one must be named") {
  Service service;
  service.be_two_systems();
  const auto which = switch_on(service);
  REQUIRE_FALSE(which.ok());
  CHECK(which.error().what.find("437XR1138R2, /redfish/v1/Systems/Node2") != std::string::npos);
  CHECK(switch_on(service, {{"system", {"437XR1138R2"}}}).ok());
}

TEST_CASE("a boot override is for once and read back") {
  Service service;
  DriverWorld world;
  const auto power = world.make(redfish_driver(), service.options(1)).value();
  BootOverride* override = power->boot_override();
  REQUIRE(override != nullptr);
  const auto done = override->boot_once(BootTarget::network, world.in(5s), {});
  REQUIRE_MESSAGE(done.ok(), (done ? "" : done.error().what));
  CHECK(service.boot()["BootSourceOverrideEnabled"] == "Once");
  CHECK(service.boot()["BootSourceOverrideTarget"] == "Pxe");
  CHECK(override->boot_once(BootTarget::disk, world.in(5s), {}).ok());
  service.forget_boot();
  const auto forgotten = override->boot_once(BootTarget::network, world.in(5s), {});
  REQUIRE_FALSE(forgotten.ok());
  CHECK(forgotten.error().what.find("took the boot override and reports 'Once Hdd'") != std::string::npos);
}

TEST_CASE("links out of the service and odd words are not followed") {
  CHECK_FALSE(redfish_members(R"({"Members":[{"@odata.id":"http://elsewhere/redfish/v1/Systems/1"}]})").ok());
  CHECK_FALSE(redfish_members(R"({"Members":[{"@odata.id":"/redfish/v1/../../etc"}]})").ok());
  CHECK_FALSE(redfish_members(R"({"Members":[{"@odata.id":"/redfish/v1/a b"}]})").ok());
  const auto system = redfish_system(
      R"({"PowerState":"PoweringOn","@odata.etag":"a\r\nX: y","Actions":{"#ComputerSystem.Reset":{"target":"/redfish/v1/r"}}})");
  REQUIRE(system.ok());
  CHECK(system->power == Reading::changing);
  CHECK(system->etag.empty());
  CHECK_FALSE(system->reset_types.has_value());
}

}  // namespace
}  // namespace rigbisect
