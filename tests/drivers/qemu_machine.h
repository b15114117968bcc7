#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "drivers/registry.h"
#include "os/file.h"
#include "run/console_tap.h"
#include "tests/drivers/driver_test.h"
#include "tests/fakes/running_program.h"

namespace rigbisect {

// A PC in QEMU, switched on as long as this lives, with its UART behind the `tcp` console driver.
class QemuMachine {
 public:
  // `directory` is for what it says: uart, qemu.log.
  QemuMachine(DriverWorld& world, const std::string& directory, const std::vector<std::string>& devices)
      : world_(world),
        uart_(directory + "/uart"),
        log_(directory + "/qemu.log"),
        port_(std::to_string(free_port(SOCK_STREAM))),
        qemu_(command(port_, devices), log_),
        line_(connect()),
        console_(*line_, world.clock) {
    REQUIRE(console_.record(uart_));
  }

  ConsoleTap& console() { return console_; }

  // What the console says from now to `words`, or for 90 s.
  std::string read_until(const std::string& words) {
    std::string said;
    for (const Deadline deadline = world_.in(std::chrono::seconds(90));
         world_.clock.now() < deadline && said.find(words) == std::string::npos;) {
      const auto chunk = console_.next(deadline, {});
      if (chunk) said += chunk->bytes;
    }
    return said;
  }

  // Everything that may explain a failure.
  std::string log() const { return *read_file(uart_) + *read_file(log_); }

 private:
  static std::vector<std::string> command(const std::string& port, const std::vector<std::string>& devices) {
    std::vector<std::string> argv{"qemu-system-x86_64",
                                  "-accel",
                                  "tcg",
                                  "-m",
                                  "512",
                                  "-machine",
                                  "q35,graphics=off",
                                  "-nodefaults",
                                  "-display",
                                  "none",
                                  "-no-reboot",
                                  "-serial",
                                  "tcp:127.0.0.1:" + port + ",server=on,wait=off"};
    argv.insert(argv.end(), devices.begin(), devices.end());
    return argv;
  }

  std::unique_ptr<SerialConsole> connect() {
    const std::map<std::string, std::vector<std::string>> options{{"host", {"127.0.0.1"}}, {"port", {port_}}};
    auto line = world_.make(tcp_driver(), options);
    for (const Deadline deadline = world_.in(std::chrono::seconds(20));
         !line && qemu_.runs() && world_.clock.now() < deadline;) {
      world_.clock.sleep_until(world_.in(std::chrono::milliseconds(50)), {});  // until QEMU listens
      line = world_.make(tcp_driver(), options);
    }
    REQUIRE_MESSAGE(line.ok(), *read_file(log_));
    return std::move(*line);
  }

  DriverWorld& world_;
  std::string uart_, log_, port_;
  RunningProgram qemu_;
  std::unique_ptr<SerialConsole> line_;
  ConsoleTap console_;
};

}  // namespace rigbisect
