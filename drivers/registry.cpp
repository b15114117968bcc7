#include "drivers/registry.h"

namespace rigbisect {

DriverTable driver_table() {
#define RIGBISECT_LIST(name) name##_driver(),
  return {
      .power = {RIGBISECT_POWER_DRIVERS(RIGBISECT_LIST)},
      .console = {serial_driver(), rfc2217_driver(), telnet_driver(), tcp_driver(), tls_driver(),
                  sol_driver(), command_console_driver()},
      .boot = {pxe_driver(), flash_driver(), stage_driver(), installed_driver(), prompt_driver()},
  };
#undef RIGBISECT_LIST
}

}  // namespace rigbisect
