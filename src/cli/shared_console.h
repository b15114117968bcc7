#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "device/serial_console.h"
#include "os/local_broadcast.h"

// Several readers, one writer: whoever has a board has its console, and others may watch.
namespace rigbisect {

// The same console, whose bytes are told to `watchers` as they are read. `watchers` outlives it; nullptr: the
// console as it is.
std::unique_ptr<SerialConsole> share_console(std::unique_ptr<SerialConsole> console,
                                             LocalBroadcast* watchers);

// What the one who shares at `socket` reads, beginning with the last of what came before; `board` is for
// messages. While nobody has the console open, read() reports `disconnected`. It cannot be written to:
// Errc::invalid.
std::unique_ptr<SerialConsole> watch_console(std::filesystem::path socket, const std::string& board);

}  // namespace rigbisect
