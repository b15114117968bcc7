#include "drivers/power/snmp_families.h"

#include <array>

namespace rigbisect {
namespace {

// Each OID and number was compared with these.
constexpr const char* kFence = "fence-agents 4.12.1 (fence_apc_snmp, fence_tripplite_snmp, fence_eaton_snmp)";
constexpr const char* kNut = "NUT 2.8.0 (snmp-ups)";
// Written from memory of the vendor's MIB, which is not free to be had here; not compared with anything.
#define FROM_MEMORY " (from memory: not compared with the MIB)"

#define APC "1.3.6.1.4.1.318.1.1."
#define EATON "1.3.6.1.4.1.534.6.6."
#define RARITAN "1.3.6.1.4.1.13742.6."
#define CPS "1.3.6.1.4.1.3808.1.1."
#define TRIPP "1.3.6.1.4.1.850."
#define POE "1.3.6.1.2.1.105.1.1.1."

// clang-format off
constexpr std::array kFamilies{
    SnmpFamily{"apc-rpdu", "APC switched rack PDU, first generation (AP79xx)", "1.3.6.1.4.1.318.1.3.4.5",
               APC "12.3.3.1.1.4.{o}", 1, APC "12.3.3.1.1.4.{o}", 2, APC "12.3.5.1.1.4.{o}", 1, 2, "1", "", kFence},
    SnmpFamily{"apc-rpdu2", "APC switched rack PDU, second generation (AP8xxx)", "1.3.6.1.4.1.318.1.3.4.6",
               APC "26.9.2.4.1.5.{o}", 1, APC "26.9.2.4.1.5.{o}", 2, APC "26.9.2.3.1.5.{o}", 2, 1, "1",
               APC "26.9.4.3.1.7.{o}", "powerman 2.3.27 (apc8941); watts: PowerNet-MIB, rPDU2OutletMetered*" FROM_MEMORY},
    SnmpFamily{"apc-masterswitch-6", "APC MasterSwitch with firmware 6", "1.3.6.1.4.1.318.1.3.4.6",
               APC "12.3.3.1.1.4.{o}", 1, APC "12.3.3.1.1.4.{o}", 2, APC "4.4.2.1.3.{o}", 1, 2, "1", "", kFence},
    SnmpFamily{"apc-masterswitch-plus", "APC MasterSwitch Plus; unit: the switch in the chain", "1.3.6.1.4.1.318.1.3.4.4",
               APC "6.5.1.1.5.{u}.1.{o}", 1, APC "6.5.1.1.5.{u}.1.{o}", 3, APC "6.7.1.1.5.{u}.1.{o}", 1, 2, "1", "", kFence},
    SnmpFamily{"apc-masterswitch", "APC MasterSwitch, and what every APC PDU knows", "1.3.6.1.4.1.318",
               APC "4.4.2.1.3.{o}", 1, APC "4.4.2.1.3.{o}", 2, APC "4.4.2.1.3.{o}", 1, 2, "1", "", kFence},
    SnmpFamily{"eaton-epdu", "Eaton ePDU G2 and G3; unit: the PDU in the chain, from 0", "1.3.6.1.4.1.534.6.6.7",
               EATON "7.6.6.1.4.{u}.{o}", 1, EATON "7.6.6.1.3.{u}.{o}", 1, EATON "7.6.6.1.2.{u}.{o}", 1, 0, "0",
               EATON "7.6.5.1.3.{u}.{o}", kNut},
    SnmpFamily{"eaton-managed", "Eaton managed ePDU, older", "1.3.6.1.4.1.534.6.6.6",
               EATON "6.1.2.2.1.3.{o}", 1, EATON "6.1.2.2.1.3.{o}", 0, EATON "6.1.2.2.1.3.{o}", 1, 0, "1", "", kFence},
    SnmpFamily{"raritan-px2", "Raritan PX2, PX3 and Server Technology Xerus; unit: the PDU in the chain", "1.3.6.1.4.1.13742.6",
               RARITAN "4.1.2.1.2.{u}.{o}", 1, RARITAN "4.1.2.1.2.{u}.{o}", 0, RARITAN "4.1.2.1.3.{u}.{o}", 7, 8, "1",
               RARITAN "5.4.3.1.4.{u}.{o}.5", kNut},
    SnmpFamily{"cyberpower-epdu", "CyberPower switched PDU", "1.3.6.1.4.1.3808",
               CPS "3.3.3.1.1.4.{o}", 1, CPS "3.3.3.1.1.4.{o}", 2, CPS "3.3.5.1.1.4.{o}", 1, 2, "1", "",
               "CPS-MIB, ePDUOutletControlOutletCommand, ePDUOutletStatusOutletState" FROM_MEMORY},
    SnmpFamily{"tripplite-lx", "Tripp Lite PDU with WEBCARDLX", "1.3.6.1.4.1.850.1.1.1",
               TRIPP "1.1.3.2.3.3.1.1.6.{u}.{o}", 2, TRIPP "1.1.3.2.3.3.1.1.6.{u}.{o}", 1,
               TRIPP "1.1.3.2.3.3.1.1.4.{u}.{o}", 2, 1, "1", "", kFence},
    SnmpFamily{"tripplite", "Tripp Lite PDU with SNMPWEBCARD", "1.3.6.1.4.1.850",
               TRIPP "10.2.3.5.1.4.{u}.{o}", 2, TRIPP "10.2.3.5.1.4.{u}.{o}", 1, TRIPP "10.2.3.5.1.2.{u}.{o}", 2, 1, "1",
               "", kFence},
    SnmpFamily{"poe", "any switch that powers devices over Ethernet; unit: its group, outlet: its port", "",
               POE "3.{u}.{o}", 1, POE "3.{u}.{o}", 2, POE "3.{u}.{o}", 1, 2, "1", "",
               "RFC 3621, pethPsePortAdminEnable"},
    SnmpFamily{"ip9258", "Aviosys IP Power 9258", "",
               "1.3.6.1.4.1.92.58.2.{o}.0", 1, "1.3.6.1.4.1.92.58.2.{o}.0", 0, "1.3.6.1.4.1.92.58.2.{o}.0", 1, 0, "1",
               "", "pdudaemon, ip9258.py"},
};
// clang-format on

#undef APC
#undef EATON
#undef RARITAN
#undef CPS
#undef TRIPP
#undef POE
#undef FROM_MEMORY

}  // namespace

std::span<const SnmpFamily> snmp_families() {
  return kFamilies;
}

std::string snmp_oid(std::string_view pattern, const std::string& unit, long outlet) {
  std::string oid(pattern);
  if (const auto at = oid.find("{u}"); at != std::string::npos) oid.replace(at, 3, unit);
  if (const auto at = oid.find("{o}"); at != std::string::npos) oid.replace(at, 3, std::to_string(outlet));
  return oid;
}

bool is_below(std::string_view oid, std::string_view ancestor) {
  if (!oid.starts_with(ancestor)) return false;
  return oid.size() == ancestor.size() || oid[ancestor.size()] == '.';
}

Reading snmp_reading(const SnmpFamily& family, long value) {
  if (value == family.state_on) return Reading::on;
  return value == family.state_off ? Reading::off : Reading::changing;
}

}  // namespace rigbisect
