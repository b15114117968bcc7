#include "drivers/registry.h"

namespace rigbisect {

DriverTable driver_table() {
  return {
      .power = {lcus_driver(), command_driver()},
      .console = {serial_driver(), tcp_driver()},
      .boot = {pxe_driver(), flash_driver()},
  };
}

}  // namespace rigbisect
