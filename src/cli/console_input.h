#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "os/fd.h"

// Where console bytes come from when a person names a log: a file, a FIFO, standard input, all of it or as it
// grows.
namespace rigbisect {

struct ConsolePiece {
  enum class Kind {
    bytes,
    quiet,      // nothing came for a while; told once until bytes come again
    restarted,  // the log was replaced or truncated: what follows is from the start of a new one
    end,
  };
  Kind kind = Kind::end;
  std::string_view bytes;  // valid until the next call
};

class ConsoleInput {
 public:
  virtual ~ConsoleInput() = default;

  // Blocks until there is something to tell or a stop (Errc::cancelled).
  virtual Result<ConsolePiece> next(std::stop_token stop) = 0;
};

// How long a live line is silent before what has begun counts as complete.
constexpr Duration console_quiet = std::chrono::seconds(5);

// Opens a log. Does not block, not even for a FIFO without a writer. Directories, devices and sockets are
// refused with what to do instead.
Result<Fd> open_console_log(const std::filesystem::path& file);

// All of an open file, FIFO or terminal, in pieces. The descriptor is the caller's.
std::unique_ptr<ConsoleInput> whole_input(int fd);

// The same as it comes, until the writer closes it; tells of quiet times.
std::unique_ptr<ConsoleInput> live_input(int fd);

// A file that grows, from its beginning, like `tail -F`: goes on with a file that replaces it, and from the
// start when it was truncated. Never ends by itself. Looks at the file every `poll`.
std::unique_ptr<ConsoleInput> followed_file(std::filesystem::path file, Fd fd, Clock& clock);

}  // namespace rigbisect
