#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "device/boot_override.h"
#include "device/driver.h"

namespace rigbisect {

// One driver with its validated options, as a board file names it.
struct DriverChoice {
  std::string driver;
  DriverOptions options;
};

// How long each stage of a run may take on this board, and how stubborn to be. All have defaults that suit a
// PC.
struct Timings {
  Duration power = std::chrono::seconds(10);      // the switch must obey within this
  Duration off = std::chrono::seconds(2);         // stay off this long (capacitors) before switching on again
  Duration arm = std::chrono::seconds(60);        // writing or publishing the kernel
  Duration firmware = std::chrono::seconds(120);  // power-on until the boot loader is seen
  Duration loader = std::chrono::seconds(60);     // boot loader until the kernel's first line
  Duration kernel = std::chrono::seconds(120);    // the kernel's first line until our init says hello
  Duration heartbeat = std::chrono::seconds(20);  // silence of our init that means: hung
  Duration collect = std::chrono::seconds(10);    // at most so long for the rest of a crash report
  Duration quiet = std::chrono::seconds(2);       // silence on the line that ends a crash report
  Duration residue =
      std::chrono::milliseconds(500);  // after power-on: text of the run before, still in a cable or adapter
  int retries = 3;                     // bench faults in a row before the board is set aside
  Duration backoff = std::chrono::seconds(5);  // first wait before a retry; doubles
};

// What tells, beside the switch itself, that "off" is off. See run/off_proof.h.
struct OffProof {
  // The console falls silent for so long; 0: it is not asked. Longer than the second between two heartbeats
  // of our init, which thus shows a relay that does not let go.
  Duration console_silent = std::chrono::milliseconds(1500);
  // The cable carries lines that the machine drives while it is on: seen driven before "off" and not after
  // it they show it at once, and silence is not asked.
  bool modem_lines = false;
  std::string ping;  // IPv4 address that answers while the machine is on; "" for none
  std::string link;  // network interface of ours that loses its carrier with the machine; "" for none
};

// One machine under test with its wiring, from a board file.
struct Board {
  std::string name;  // [a-z0-9-]
  std::string description;
  DriverChoice power;
  DriverChoice console;
  DriverChoice boot;
  // Tell the firmware at each power-on, through the BMC that is the power switch, to boot from here this
  // once.
  std::optional<BootTarget> boot_once;
  Timings timings;
  OffProof off_proof;
  bool firmware_on_console = true;  // firmware or boot loader say something on the UART at every power-on
  std::string command_line;         // added to the kernel's: "console=ttyS0,115200"
  std::vector<std::string> labels;
  std::filesystem::path file;
};

// The keys of `timings:` that are durations.
std::vector<std::string> timing_names();

// Reads and checks a board file against the drivers there are. The error names file:line:column, what was
// expected and, for an unknown key or driver, what may have been meant; all mistakes of a file are reported
// at once, one a line. Blocks for file I/O only; opens no device.
Result<Board> load_board(const std::filesystem::path& file, const DriverTable& drivers);

// The same from text; `file` is for messages and for relative paths.
Result<Board> parse_board(std::string_view yaml, const std::filesystem::path& file,
                          const DriverTable& drivers);

}  // namespace rigbisect
