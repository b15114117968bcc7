#include "base/text.h"
#include "drivers/power/confirmed_switch.h"
#include "drivers/power/snmp_families.h"
#include "drivers/registry.h"
#include "drivers/snmp_client.h"

namespace rigbisect {
namespace {

constexpr const char* kSystemObjectId = "1.3.6.1.2.1.1.2.0";  // RFC 3418

const SnmpFamily* family_called(const std::string& name) {
  for (const SnmpFamily& family : snmp_families()) {
    if (family.name == name) return &family;
  }
  return nullptr;
}

struct OutletPlace {
  std::string unit;  // "": the family's own
  long outlet = 1;
};

// Sources and numbers: snmp_families.cpp. Seen on snmpd with an rPDU's objects: SET
// 1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.3 = INTEGER 2, answered with the same.
class SnmpOutlet : public Outlet {
 public:
  SnmpOutlet(SnmpClient client, const SnmpFamily* family, OutletPlace place)
      : client_(std::move(client)), family_(family), place_(std::move(place)) {}

  Result<void> command(Power wanted, Deadline deadline, std::stop_token stop) override {
    const auto family = recognise(deadline, stop);
    if (!family) return family.error();
    const bool on = wanted == Power::on;
    const char* pattern = on ? (*family)->on_oid : (*family)->off_oid;
    return client_.set(oid(**family, pattern), on ? (*family)->on_value : (*family)->off_value, deadline,
                       stop);
  }

  Result<Reading> read(Deadline deadline, std::stop_token stop) override {
    const auto family = recognise(deadline, stop);
    if (!family) return family.error();
    const auto value = client_.get(oid(**family, (*family)->state_oid), deadline, stop);
    if (!value) return value.error();
    if (!*value) {
      return Error{Errc::not_found, std::string("this device (") + (*family)->name + ") has no such outlet"};
    }
    return snmp_reading(**family, **value);
  }

  Result<std::optional<double>> watts(Deadline deadline, std::stop_token stop) override {
    const auto family = recognise(deadline, stop);
    if (!family) return family.error();
    if (std::string_view((*family)->watts_oid).empty()) return std::optional<double>{};
    const auto value = client_.get(oid(**family, (*family)->watts_oid), deadline, stop);
    if (!value) return value.error();
    if (!*value) return std::optional<double>{};
    return std::optional(static_cast<double>(**value));
  }

  std::string name() const override {
    return "snmp " + client_.name() + (place_.unit.empty() ? "" : " unit " + place_.unit) + " outlet " +
           std::to_string(place_.outlet);
  }

 private:
  std::string oid(const SnmpFamily& family, const char* pattern) const {
    return snmp_oid(pattern, place_.unit.empty() ? family.unit : place_.unit, place_.outlet);
  }

  // Asks the device once what it is. One vendor gave different families the same identity: then the one whose
  // outlets are there.
  Result<const SnmpFamily*> recognise(Deadline deadline, std::stop_token stop) {
    if (family_ != nullptr) return family_;
    const auto identity = client_.get_oid(kSystemObjectId, deadline, stop);
    if (!identity) return identity.error();
    const std::string shown = identity->value_or("nothing");
    bool known = false;
    for (const SnmpFamily& family : snmp_families()) {
      if (std::string_view(family.system).empty() || !is_below(shown, family.system)) continue;
      known = true;
      const auto state = client_.get(oid(family, family.state_oid), deadline, stop);
      if (!state) return state.error();
      if (*state) return family_ = &family;
    }
    if (known) return Error{Errc::not_found, "this device (sysObjectID " + shown + ") has no such outlet"};
    return Error{Errc::invalid, "this device is none that is known (sysObjectID " + shown +
                                    "): if it has the objects of one, name that in 'family'"};
  }

  SnmpClient client_;
  const SnmpFamily* family_;
  OutletPlace place_;
};

Result<std::unique_ptr<PowerSwitch>> make_snmp(const DriverOptions& options, const DriverContext& context) {
  auto client = SnmpClient::make(options);
  if (!client) return client.error().within("snmp " + printable(options.text("host")));
  OutletPlace place{.unit = options.has("unit") ? std::to_string(options.integer("unit")) : "",
                    .outlet = options.integer("outlet")};
  ConfirmedSwitch::Proof proof;
  if (options.has("off_below")) proof.off_below = static_cast<double>(options.integer("off_below"));
  return confirmed(std::make_unique<SnmpOutlet>(std::move(*client), family_called(options.text("family")),
                                                std::move(place)),
                   context.clock, proof);
}

std::string notes() {
  std::string text =
      R"(Outlets of rack PDUs and ports of PoE switches, by SNMP. The device says itself what it is (sysObjectID); the families:

)";
  for (const SnmpFamily& family : snmp_families()) {
    text += "  " + std::string(family.name) + ": " + family.what +
            (std::string_view(family.system).empty() ? " (name it in `family`)" : "") +
            (std::string_view(family.watts_oid).empty() ? "" : "; metered") + "\n      " + family.source +
            "\n";
  }
  return text + R"(
Wiring: every supply of the board on its own outlet of the PDU; a server with two supplies needs the ipmi driver. Give
rigbisect a community or user of its own that may write, and set the outlets to stay off after a power failure of the
PDU. Prefer version 3: 1 and 2c send the community in the clear.

Each switching is read back. On a metered outlet `off_below: 5` (watts) believes in "off" only when so little flows: that
finds a relay that stuck. A wrong community is not answered at all, which looks like a device that is away.

  power:
    driver: snmp
    host: pdu-rack1.lab
    outlet: 3
    version: "3"
    user: rigbisect
    auth_password: {file: /etc/rigbisect/pdu-auth}
    privacy_password: {file: /etc/rigbisect/pdu-privacy}

Sources of the protocol: with each family above; RFC 3416 and 3414 for SNMP itself.)";
}

std::vector<std::string> family_names() {
  std::vector<std::string> names{"auto"};
  for (const SnmpFamily& family : snmp_families()) names.emplace_back(family.name);
  return names;
}

}  // namespace

DriverRow<PowerSwitch> snmp_driver() {
  auto options = SnmpClient::options();
  options.push_back({.name = "outlet",
                     .type = OptionType::integer,
                     .required = true,
                     .help = "outlet or port, counted from 1",
                     .min = 1,
                     .max = 4096});
  options.push_back({.name = "unit",
                     .type = OptionType::integer,
                     .help = "which PDU of a chain, or group of ports; absent: the family's first",
                     .min = 0,
                     .max = 64});
  options.push_back({.name = "family",
                     .default_value = "auto",
                     .help = "what the device is; auto asks it",
                     .choices = family_names()});
  options.push_back({.name = "off_below",
                     .type = OptionType::integer,
                     .help = "on a metered outlet: off means fewer watts than this",
                     .min = 1,
                     .max = 10000});
  return {
      .name = "snmp",
      .summary = "outlet of a PDU (APC, Eaton, Raritan, CyberPower, Tripp Lite) or PoE port, by SNMP",
      .notes = notes(),
      .options = std::move(options),
      .make = make_snmp,
  };
}

}  // namespace rigbisect
