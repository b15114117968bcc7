#pragma once

#include "device/driver.h"

// The one table of drivers. To add one: write drivers/<kind>/<name>.cpp, which exports exactly its row,
// declare the row here, add it to driver_table() and its file to drivers/CMakeLists.txt. Help, `rigbisect
// drivers`, board-file validation and error texts follow from the row.
namespace rigbisect {

// Every driver there is, in the order people see. Any thread; does no I/O.
DriverTable driver_table();

DriverRow<PowerSwitch> command_driver();
DriverRow<PowerSwitch> digital_loggers_driver();
DriverRow<PowerSwitch> http_driver();
DriverRow<PowerSwitch> ipmi_driver();
DriverRow<PowerSwitch> lcus_driver();
DriverRow<PowerSwitch> modbus_driver();
DriverRow<PowerSwitch> netio_driver();
DriverRow<PowerSwitch> pdudaemon_driver();
DriverRow<PowerSwitch> shelly_driver();
DriverRow<PowerSwitch> snmp_driver();
DriverRow<PowerSwitch> tasmota_driver();

DriverRow<SerialConsole> serial_driver();
DriverRow<SerialConsole> tcp_driver();

DriverRow<BootMedium> flash_driver();
DriverRow<BootMedium> pxe_driver();

}  // namespace rigbisect
