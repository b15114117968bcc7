#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "drivers/power/http_replies.h"
#include "drivers/registry.h"
#include "tests/drivers/driver_test.h"
#include "tests/drivers/power/http_peer.h"

// Drivers of switches with a web server, on servers that answer as the devices' manuals say. There is no
// device of these makers here, so its own quirks are not seen.
namespace rigbisect {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

int number_at_end(const std::string& text) {
  return std::stoi(text.substr(text.find_last_not_of("0123456789") + 1));
}

// shelly-api-docs.shelly.cloud, Gen1
class Shelly1 : public HttpPeer {
 public:
  Shelly1() : HttpPeer(shelly_driver(), Login::basic) {}
  Given outlet_options(int outlet) const override {
    return {{"relay", {std::to_string(outlet - 1)}}, {"generation", {"1"}}};
  }
  HttpAnswer answer(const HttpQuestion& question) override {
    const int outlet = number_at_end(question.path) + 1;
    if (question.path.starts_with("/meter/")) {
      return {200, json{{"power", model().drawn(outlet)}, {"is_valid", true}}.dump()};
    }
    if (!question.path.starts_with("/relay/") || outlet > 2) return {404, "Not Found"};
    const auto turn = question.query.find("turn");
    const auto timer = question.query.find("timer");
    if (timer != question.query.end()) {
      model().cycle(outlet, std::stol(timer->second));
    } else if (turn != question.query.end()) {
      model().command(outlet, turn->second == "on");
    }
    return {200, json{{"ison", model().said(outlet)}, {"has_timer", false}, {"source", "http"}}.dump()};
  }
};

// shelly-api-docs.shelly.cloud, Gen2: Switch
class Shelly2 : public HttpPeer {
 public:
  Shelly2() : HttpPeer(shelly_driver(), Login::digest) {}
  Given outlet_options(int outlet) const override {
    return {{"relay", {std::to_string(outlet - 1)}}, {"generation", {"2"}}};
  }
  HttpAnswer answer(const HttpQuestion& question) override {
    const json call = json::parse(question.body);
    const int outlet = call["params"]["id"].get<int>() + 1;
    if (question.path != "/rpc" || outlet > 2) {
      return {200, R"({"id":1,"error":{"code":-105,"message":"Argument 'id', value 7 not found!"}})"};
    }
    if (call["method"] == "Switch.Set") {
      const bool before = model().is_on(outlet);
      if (call["params"].contains("toggle_after")) {
        model().cycle(outlet, call["params"]["toggle_after"].get<long>());
      } else {
        model().command(outlet, call["params"]["on"].get<bool>());
      }
      return {200, json{{"id", 1}, {"result", {{"was_on", before}}}}.dump()};
    }
    const json state{{"id", outlet - 1}, {"output", model().said(outlet)}, {"apower", model().drawn(outlet)}};
    return {200, json{{"id", 1}, {"src", "shellyplus2pm"}, {"result", state}}.dump()};
  }
};

// tasmota.github.io/docs/Commands
class Tasmota : public HttpPeer {
 public:
  Tasmota() : HttpPeer(tasmota_driver(), Login::none) {}
  Given outlet_options(int outlet) const override {
    return {{"relay", {std::to_string(outlet)}}, {"user", {"rig"}}};
  }
  HttpAnswer answer(const HttpQuestion& question) override {
    const auto get = [&](const char* name) {
      const auto found = question.query.find(name);
      return found == question.query.end() ? "" : found->second;
    };
    if (get("user") != "rig" || get("password") != "secret") {
      return {200, R"({"WARNING":"Need user=<username>&password=<password>"})"};
    }
    const std::string command = get("cmnd");
    if (command == "Status 8") {
      return {200, json{{"StatusSNS", {{"ENERGY", {{"Power", model().drawn(1)}}}}}}.dump()};
    }
    const int outlet = command.substr(5, 1)[0] - '0';
    if (command.ends_with(" On")) model().command(outlet, true);
    if (command.ends_with(" Off")) model().command(outlet, false);
    return {200, json{{"POWER" + std::to_string(outlet), model().said(outlet) ? "ON" : "OFF"}}.dump()};
  }
};

// NETIO, JSON over HTTP(s) protocol
class Netio : public HttpPeer {
 public:
  Netio() : HttpPeer(netio_driver(), Login::basic) {}
  Given outlet_options(int outlet) const override { return {{"outlet", {std::to_string(outlet)}}}; }
  HttpAnswer answer(const HttpQuestion& question) override {
    if (question.method == "POST") {
      const json wish = json::parse(question.body);
      for (const json& each : wish["Outputs"]) {
        model().command(each["ID"].get<int>(), each["Action"] == 1);
      }
    }
    json outputs = json::array();
    for (const int outlet : {1, 2}) {
      outputs.push_back({{"ID", outlet},
                         {"Name", "output"},
                         {"State", model().said(outlet) ? 1 : 0},
                         {"Load", model().drawn(outlet)}});
    }
    return {200, json{{"Agent", {{"Model", "NETIO 4All"}}}, {"Outputs", outputs}}.dump()};
  }
};

// Digital Loggers REST API reference
class DigitalLoggers : public HttpPeer {
 public:
  DigitalLoggers() : HttpPeer(digital_loggers_driver(), Login::digest) {}
  Given outlet_options(int outlet) const override { return {{"outlet", {std::to_string(outlet)}}}; }
  bool can(Manners manners) const override { return manners != Manners::lies; }
  HttpAnswer answer(const HttpQuestion& question) override {
    const std::string prefix = "/restapi/relay/outlets/=";
    if (!question.path.starts_with(prefix)) return {404, ""};
    const int outlet = std::stoi(question.path.substr(prefix.size())) + 1;
    if (question.method != "PUT") return {200, model().said(outlet) ? "true" : "false"};
    model().command(outlet, question.body == "value=true");
    return {204, ""};
  }
};

// esphome.io/web-api
class EspHome : public HttpPeer {
 public:
  EspHome() : HttpPeer(http_driver(), Login::digest) {}
  Given outlet_options(int outlet) const override {
    const std::string path = "/switch/board_" + std::to_string(outlet);
    return {{"on", {"POST", path + "/turn_on"}},
            {"off", {"POST", path + "/turn_off"}},
            {"status", {"GET", path}},
            {"state", {"/state"}},
            {"state_on", {"ON"}},
            {"state_off", {"OFF"}}};
  }
  bool can(Manners manners) const override { return manners != Manners::lies; }
  HttpAnswer answer(const HttpQuestion& question) override {
    const int outlet = question.path.at(std::string("/switch/board_").size()) - '0';
    if (question.path.ends_with("/turn_on")) model().command(outlet, true);
    if (question.path.ends_with("/turn_off")) model().command(outlet, false);
    return {200, json{{"id", "switch-board"}, {"state", model().said(outlet) ? "ON" : "OFF"}}.dump()};
  }
};

TEST_CASE("every driver of a switch with a web server stands what it may do") {
  SUBCASE("Shelly, first generation") {
    Shelly1 peer;
    check_conformance(peer);
  }
  SUBCASE("Shelly, second generation") {
    Shelly2 peer;
    check_conformance(peer);
  }
  SUBCASE("Tasmota") {
    Tasmota peer;
    check_conformance(peer);
  }
  SUBCASE("NETIO") {
    Netio peer;
    check_conformance(peer);
  }
  SUBCASE("Digital Loggers") {
    DigitalLoggers peer;
    check_conformance(peer);
  }
  SUBCASE("described in the board file") {
    EspHome peer;
    check_conformance(peer);
  }
}

TEST_CASE("a device with a timer of its own goes off and comes back by that") {
  SUBCASE("Shelly, first generation") {
    Shelly1 peer;
    check_timer(peer, 1500ms);
    CHECK(peer.cycle_seconds() == 2);
  }
  SUBCASE("Shelly, second generation") {
    Shelly2 peer;
    check_timer(peer, 1500ms);
    CHECK(peer.cycle_seconds() == 2);
  }
}

TEST_CASE("a timer is left alone where a meter has to prove that off is off") {
  DriverWorld world;
  Shelly2 peer;
  Given given = peer.options(1);
  given["off_below"] = {"5"};
  CHECK(world.make(peer.row(), given).value()->cycler() == nullptr);
}

TEST_CASE("a device without a timer cannot cycle by itself") {
  DriverWorld world;
  Tasmota peer;
  CHECK(world.make(peer.row(), peer.options(1)).value()->cycler() == nullptr);
}

TEST_CASE("a relay that the device does not have is an error of the device") {
  DriverWorld world;
  Shelly1 first;
  const auto gone = world.make(shelly_driver(), first.options(7)).value()->state(world.in(5s), {});
  REQUIRE_FALSE(gone.ok());
  CHECK(gone.error().code == Errc::not_found);
  Shelly2 second;
  const auto refused = world.make(shelly_driver(), second.options(7)).value()->state(world.in(5s), {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().what.find("the device refuses: Argument 'id'") != std::string::npos);
}

TEST_CASE("a password is in no message") {
  DriverWorld world;
  Tasmota peer;
  Given given = peer.options(1);
  given["url"] = peer.nobody_there()["url"];
  const auto done = world.make(tasmota_driver(), given).value()->set(Power::on, world.in(2s), {});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().what.find("secret") == std::string::npos);
}

TEST_CASE("a URL with a path, a user or another scheme is refused") {
  DriverWorld world;
  for (const char* url : {"http://plug/relay", "http://me:secret@plug", "ftp://plug", "http://", "plug"}) {
    CAPTURE(url);
    CHECK(world.make(shelly_driver(), {{"url", {url}}}).error().code == Errc::invalid);
  }
}

TEST_CASE("a described state is exactly one of its two values") {
  const DescribedState state{.pointer = "/relays/0/on", .on = "true", .off = "false"};
  CHECK(*described_reading(R"({"relays":[{"on":true}]})", state) == Reading::on);
  CHECK(*described_reading(R"({"relays":[{"on":false}]})", state) == Reading::off);
  CHECK(described_reading(R"({"relays":[{"on":1}]})", state).error().code == Errc::protocol);
  CHECK(described_reading(R"({"relays":[]})", state).error().code == Errc::protocol);
  CHECK(described_reading("<html>", state).error().code == Errc::protocol);
  CHECK(*described_reading(" 1\n", {.pointer = "", .on = "1", .off = "0"}) == Reading::on);
}

}  // namespace
}  // namespace rigbisect
