#include "drivers/ipmi_bmc.h"
#include "drivers/power/confirmed_switch.h"
#include "drivers/registry.h"

namespace rigbisect {
namespace {

// IPMI 2.0, chapter 28: Get Chassis Status (netfn 00, cmd 01) -> byte 0 bit 0: on; Chassis Control (00, 02)
// with 0 power down, 1 power up. DCMI 1.5, 6.6.1: Get Power Reading (2c, 02). Seen with OpenIPMI's ipmi_sim:
// `raw 0x00 0x01` -> " 01 00 00", `raw 0x00 0x02 0x01` -> nothing.
constexpr std::uint8_t kChassis = 0x00, kGetStatus = 0x01, kControl = 0x02;
constexpr std::uint8_t kGroup = 0x2c, kPowerReading = 0x02, kDcmi = 0xdc;
constexpr int kNotInThisState = 0xd5;  // some BMCs: off, when it is off; the status tells
constexpr int kNoSuchCommand = 0xc1;

class IpmiOutlet : public Outlet {
 public:
  explicit IpmiOutlet(IpmiBmc bmc) : bmc_(std::move(bmc)) {}

  Result<void> command(Power wanted, Deadline deadline, std::stop_token stop) override {
    const std::uint8_t action = wanted == Power::on ? 1 : 0;
    auto done = bmc_.request({kChassis, kControl, action}, kNotInThisState, deadline, stop);
    if (!done) return done.error();
    return {};
  }

  Result<Reading> read(Deadline deadline, std::stop_token stop) override {
    const auto status = bmc_.request({kChassis, kGetStatus}, 0, deadline, stop);
    if (!status) return status.error();
    if (status->size() < 3) return Error{Errc::protocol, "the BMC's chassis status is too short"};
    return (status->front() & 1U) != 0 ? Reading::on : Reading::off;
  }

  Result<std::optional<double>> watts(Deadline deadline, std::stop_token stop) override {
    const auto answer = bmc_.request({kGroup, kPowerReading, kDcmi, 1, 0, 0}, kNoSuchCommand, deadline, stop);
    if (!answer) return answer.error();
    if (answer->size() < 3 || answer->front() != kDcmi) return std::optional<double>{};
    return std::optional<double>((*answer)[1] + 256.0 * (*answer)[2]);
  }

  std::string name() const override { return "ipmi " + bmc_.name(); }

 private:
  IpmiBmc bmc_;
};

class IpmiSwitch : public ConfirmedSwitch, public BootOverride {
 public:
  IpmiSwitch(const IpmiBmc& bmc, Clock& clock, bool uefi)
      : ConfirmedSwitch(std::make_unique<IpmiOutlet>(bmc), clock, {}), bmc_(bmc), uefi_(uefi) {}

  BootOverride* boot_override() override { return this; }

  Result<void> boot_once(BootTarget target, Deadline deadline, std::stop_token stop) override {
    auto done = bmc_.boot_once(target, uefi_, deadline, stop);
    if (!done) return done.error().within("ipmi " + bmc_.name());
    return done;
  }

 private:
  IpmiBmc bmc_;
  bool uefi_;
};

Result<std::unique_ptr<PowerSwitch>> make_ipmi(const DriverOptions& options, const DriverContext& context) {
  auto bmc = IpmiBmc::make(options, context.clock);
  if (!bmc) return bmc.error();
  return std::unique_ptr<PowerSwitch>(
      std::make_unique<IpmiSwitch>(*bmc, context.clock, options.boolean("uefi")));
}

constexpr const char* kIpmiNotes =
    R"(The power of a server through its management controller (BMC, iDRAC, iLO, IMM) with IPMI 2.0 over the network.

Wiring: the BMC's own network port, or the shared one, in a network that only this machine reaches: IPMI's passwords can
be guessed offline by anyone who can reach it. Switch "IPMI over LAN" on in the BMC and give rigbisect a user of its own
with the role operator.

"off" is a hard off, as if the button were held; nothing is shut down. Each switching is read back from the chassis
status; a BMC that takes long only needs a longer `timings: power`. Where the BMC has a power meter (DCMI), its watts
are shown. Needs the program ipmitool; the password reaches it in its environment, not in its arguments.

  power:
    driver: ipmi
    host: bmc-server1.lab
    user: rigbisect
    password: {file: /etc/rigbisect/bmc-server1.password}

Source of the protocol: IPMI specification 2.0 rev. 1.1, chapter 28 (chassis commands); DCMI 1.5, 6.6.1.)";

}  // namespace

DriverRow<PowerSwitch> ipmi_driver() {
  auto options = IpmiBmc::options();
  options.push_back({.name = "uefi",
                     .type = OptionType::boolean,
                     .default_value = "true",
                     .help = "whether a boot override asks for a UEFI boot"});
  return {
      .name = "ipmi",
      .summary = "BMC of a server: IPMI 2.0 chassis power over the network",
      .notes = kIpmiNotes,
      .options = std::move(options),
      .make = make_ipmi,
  };
}

}  // namespace rigbisect
