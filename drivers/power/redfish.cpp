#include "drivers/power/confirmed_switch.h"
#include "drivers/redfish_service.h"
#include "drivers/registry.h"

namespace rigbisect {
namespace {

class RedfishOutlet : public Outlet {
 public:
  explicit RedfishOutlet(RedfishService service) : service_(std::move(service)) {}

  // A reset to the state that a machine is in already is refused by some: then there is nothing to do.
  Result<void> command(Power wanted, Deadline deadline, std::stop_token stop) override {
    const auto now = read(deadline, stop);
    if (!now) return now.error();
    if (*now == (wanted == Power::on ? Reading::on : Reading::off)) return {};
    const std::vector<std::string> types = wanted == Power::on ? std::vector<std::string>{"On", "ForceOn"}
                                                               : std::vector<std::string>{"ForceOff"};
    return service_.reset(types, deadline, stop);
  }

  Result<Reading> read(Deadline deadline, std::stop_token stop) override {
    const auto system = service_.system(deadline, std::move(stop));
    if (!system) return system.error();
    return system->power;
  }

  std::string name() const override { return "redfish " + service_.name(); }

 private:
  RedfishService service_;
};

class RedfishSwitch : public ConfirmedSwitch, public BootOverride {
 public:
  RedfishSwitch(const RedfishService& service, Clock& clock, bool uefi)
      : ConfirmedSwitch(std::make_unique<RedfishOutlet>(service), clock, {}),
        service_(service),
        uefi_(uefi) {}

  BootOverride* boot_override() override { return this; }

  Result<void> boot_once(BootTarget target, Deadline deadline, std::stop_token stop) override {
    const char* source = target == BootTarget::network ? "Pxe" : "Hdd";
    auto done = service_.boot_once(source, uefi_, deadline, std::move(stop));
    if (!done) return done.error().within("redfish " + service_.name());
    return done;
  }

 private:
  RedfishService service_;
  bool uefi_;
};

Result<std::unique_ptr<PowerSwitch>> make_redfish(const DriverOptions& options,
                                                  const DriverContext& context) {
  auto service = RedfishService::make(options);
  if (!service) return service.error().within("redfish");
  return std::unique_ptr<PowerSwitch>(
      std::make_unique<RedfishSwitch>(*service, context.clock, options.boolean("uefi")));
}

constexpr const char* kRedfishNotes =
    R"(The power of a server through its management controller (iDRAC, iLO, XCC, OpenBMC) with Redfish over HTTPS. Prefer it
to IPMI where a BMC has both.

Wiring: the BMC's own network port, in a network that only this machine reaches. Give rigbisect a user of its own that may
control power (role Operator). BMCs come with a certificate nobody knows: put one of yours on it, or name its own in `ca`.

"off" is ForceOff, as if the button were held; nothing is shut down. Reset types are used as the service advertises them.
Each switching is read back from PowerState; some BMCs take 46 s until they say On: give them `timings: {power: 90s}`.

Most services have one system; for a chassis with several name it in `system`. With `login: session` each exchange opens a
session and ends it, for services with basic authentication switched off.

  power:
    driver: redfish
    url: https://bmc-server1.lab
    user: rigbisect
    password: {file: /etc/rigbisect/bmc-server1.password}
    ca: /etc/rigbisect/bmc-server1.pem

Source of the protocol: DMTF DSP0266 (Redfish specification), DSP2046 (ComputerSystem 1.x: Reset, Boot).)";

}  // namespace

DriverRow<PowerSwitch> redfish_driver() {
  auto options = RedfishService::options();
  options.push_back({.name = "uefi",
                     .type = OptionType::boolean,
                     .default_value = "true",
                     .help = "whether a boot override asks for a UEFI boot"});
  return {
      .name = "redfish",
      .summary = "BMC of a server: Redfish over HTTPS",
      .notes = kRedfishNotes,
      .options = std::move(options),
      .make = make_redfish,
  };
}

}  // namespace rigbisect
