#include "drivers/registry.h"

namespace rigbisect {

DriverTable driver_table() {
  return {
      .power =
          {
              lcus_driver(),
              ipmi_driver(),
              snmp_driver(),
              shelly_driver(),
              tasmota_driver(),
              netio_driver(),
              digital_loggers_driver(),
              modbus_driver(),
              pdudaemon_driver(),
              http_driver(),
              command_driver(),
          },
      .console = {serial_driver(), tcp_driver()},
      .boot = {pxe_driver(), flash_driver()},
  };
}

}  // namespace rigbisect
