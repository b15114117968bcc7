#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/power/confirmed_switch.h"

// Switched PDUs as data: where each family keeps its outlets in SNMP, and what its numbers mean. The same
// number means opposite things in families of one vendor, so a family is chosen by what the device says it is
// (sysObjectID), not by its vendor.
namespace rigbisect {

struct SnmpFamily {
  const char* name;    // for `family:`
  const char* what;    // for people
  const char* system;  // sysObjectID begins with it; "": chosen by name only
  const char* on_oid;  // {u} is the unit, {o} the outlet
  long on_value;
  const char* off_oid;
  long off_value;
  const char* state_oid;
  long state_on;
  long state_off;
  const char* unit;            // when the board file names none
  const char* watts_oid = "";  // "": no meter for each outlet
  const char* source = "";
};

// In the order they are tried: families of one sysObjectID, and longer ones, first.
std::span<const SnmpFamily> snmp_families();

// "1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.{o}" for outlet 3 -> "....4.3"
std::string snmp_oid(std::string_view pattern, const std::string& unit, long outlet);

// Whether an OID lies at or below another, by whole numbers: 1.3.61 is not below 1.3.6.
bool is_below(std::string_view oid, std::string_view ancestor);

// What the number of a state OID means; any other than on and off is a change under way.
Reading snmp_reading(const SnmpFamily& family, long value);

}  // namespace rigbisect
