#pragma once

#include "device/driver.h"

// The one table of drivers. To add a power driver: `tools/new-driver power NAME`. It writes
// drivers/power/NAME.cpp, which exports exactly its row, and its test, and puts both into the lists. Help,
// `rigbisect drivers`, board-file validation and error texts follow from the row.
namespace rigbisect {

// Every driver there is, in the order people see. Any thread; does no I/O.
DriverTable driver_table();

// The power drivers in the order people see: ROW(name) for a drivers/power/name.cpp that exports
// name_driver().
#define RIGBISECT_POWER_DRIVERS(ROW) \
  ROW(lcus)                          \
  ROW(numato)                        \
  ROW(hid_relay)                     \
  ROW(sispm)                         \
  ROW(usb_hub)                       \
  ROW(serial_line)                   \
  ROW(gpio)                          \
  ROW(ipmi)                          \
  ROW(redfish)                       \
  ROW(snmp)                          \
  ROW(shelly)                        \
  ROW(tasmota)                       \
  ROW(netio)                         \
  ROW(digital_loggers)               \
  ROW(devantech)                     \
  ROW(modbus)                        \
  ROW(pdudaemon)                     \
  ROW(http)                          \
  ROW(command)                       \
  ROW(wol)                           \
  ROW(manual)

#define RIGBISECT_DECLARE(name) DriverRow<PowerSwitch> name##_driver();
RIGBISECT_POWER_DRIVERS(RIGBISECT_DECLARE)
#undef RIGBISECT_DECLARE

DriverRow<SerialConsole> serial_driver();
DriverRow<SerialConsole> rfc2217_driver();
DriverRow<SerialConsole> telnet_driver();
DriverRow<SerialConsole> tcp_driver();
DriverRow<SerialConsole> tls_driver();
DriverRow<SerialConsole> sol_driver();
DriverRow<SerialConsole> command_console_driver();

DriverRow<BootMedium> flash_driver();
DriverRow<BootMedium> installed_driver();
DriverRow<BootMedium> prompt_driver();
DriverRow<BootMedium> pxe_driver();
DriverRow<BootMedium> stage_driver();

}  // namespace rigbisect
