#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "tests/fakes/fake_clock.h"

using namespace rigbisect;
using namespace std::chrono_literals;

namespace {

class FakeBootServer : public BootServer {
 public:
  Result<void> offer(const std::string& mac, const BootIntent& intent) override {
    offered = mac + " " + intent.run_id;
    steps.clear();
    return {};
  }
  void withdraw(const std::string& mac) override { withdrawn = mac; }
  std::vector<BootStage> timeline(const std::string&) const override { return steps; }

  std::string offered, withdrawn;
  std::vector<BootStage> steps;
};

struct World : BootServers {
  Result<BootServer*> get(const BootServerOptions& wanted) override {
    asked = wanted;
    return &server;
  }

  std::unique_ptr<BootMedium> medium(const std::string& mode = "dhcp") {
    DriverOptions options;
    for (const auto& [name, value] :
         {std::pair{"mac", "52:54:00:77:00:10"}, {"interface", "rig0"}, {"http_port", "8069"}})
      options.set(name, {value});
    options.set("mode", {mode});
    auto made = pxe_driver().make(options, {clock, *this, "nuc-1"});
    REQUIRE(made.ok());
    return std::move(*made);
  }

  FakeClock clock;
  FakeBootServer server;
  BootServerOptions asked;
};

std::vector<BootStage> steps(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::vector<BootStage> result;
  TimePoint at(1h);
  for (const auto& [name, detail] : rows) result.push_back({name, detail, at += 1s});
  return result;
}

}  // namespace

TEST_CASE("pxe arms the boot service for its machine and takes the intent back") {
  World world;
  auto medium = world.medium();
  CHECK(world.asked == BootServerOptions{"rig0", "dhcp", "", 8069});
  REQUIRE(medium->arm({"k", "i", "c", "run-1"}, Deadline::max(), {}).ok());
  CHECK(world.server.offered == "52:54:00:77:00:10 run-1");
  world.server.steps = steps({{"DISCOVER", "BIOS"}});
  CHECK(medium->timeline().size() == 1);
  REQUIRE(medium->disarm().ok());
  CHECK(world.server.withdrawn == "52:54:00:77:00:10");
}

TEST_CASE("pxe serves nothing any more once its bench is gone") {
  World world;
  world.medium();
  CHECK(world.server.withdrawn == "52:54:00:77:00:10");
}

TEST_CASE("pxe does not arm when a stop was requested") {
  World world;
  std::stop_source stop;
  stop.request_stop();
  const auto armed = world.medium()->arm({"k", "i", "c", "run-1"}, Deadline::max(), stop.get_token());
  REQUIRE_FALSE(armed.ok());
  CHECK(armed.error().code == Errc::cancelled);
}

TEST_CASE("pxe names the likeliest cause from the furthest step") {
  using Rows = std::vector<std::pair<std::string, std::string>>;
  struct Row {
    Rows rows;
    const char* mode;
    const char* says;
  };
  const Rows offered{{"DISCOVER", "BIOS"}, {"OFFER", "10.77.0.237, undionly.kpxe"}};
  const auto and_then = [](Rows rows, const Rows& more) {
    rows.insert(rows.end(), more.begin(), more.end());
    return rows;
  };
  const Rows addressed = and_then(offered, {{"REQUEST", "10.77.0.237"}});
  const Rows loaded = and_then(addressed, {{"loader", "undionly.kpxe 74 kB in 0.01 s"}});
  const Rows in_ipxe =
      and_then(loaded, {{"DISCOVER", "iPXE on BIOS"}, {"OFFER", ""}, {"REQUEST", "10.77.0.237"}});
  const Rows scripted = and_then(in_ipxe, {{"script", "569 B in 0.00 s"}});
  const Rows kernel = and_then(scripted, {{"kernel", "2.3 MB in 0.03 s"}});
  const Rows all = and_then(kernel, {{"initramfs", "304 kB in 0.00 s"}});
  const Row rows[] = {
      {{}, "dhcp", "no DHCP request from 52:54:00:77:00:10 on rig0 since power-on: power, cable"},
      {{{"DISCOVER", "no loader for PXE architecture 11"}},
       "dhcp",
       "there is no loader for PXE architecture 11"},
      {offered, "dhcp", "another DHCP server on rig0"},
      {offered, "proxy", "does the site's DHCP server know this machine?"},
      {and_then(offered, {{"REQUEST", "to another DHCP server, 10.77.0.9"}}), "dhcp",
       "(10.77.0.9): use `mode: proxy`"},
      {addressed, "dhcp", "UDP port 69"},
      {loaded, "dhcp", "Secure Boot"},
      {in_ipxe, "dhcp", "TCP port 8069"},
      {scripted, "dhcp", "not the whole kernel"},
      {kernel, "dhcp", "not the whole initramfs"},
      {all, "dhcp", "from there on the kernel is to blame"},
      {and_then(all, offered), "dhcp", "asked for an address again"},
  };
  for (const Row& row : rows) {
    World world;
    world.server.steps = steps(row.rows);
    const std::string text = world.medium(row.mode)->diagnose();
    CAPTURE(row.says);
    CHECK_MESSAGE(text.find(row.says) != std::string::npos, text);
  }
}
