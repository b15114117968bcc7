#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "os/fd.h"

namespace rigbisect {

// One process tells bytes to any number of others on this host, by a socket in the file system. Who may
// listen is what the socket's permissions say (the umask's, when it was made).
class LocalBroadcast {
 public:
  static constexpr std::size_t kMaxListeners = 32;       // more are turned away
  static constexpr std::size_t kRemembered = 16u << 10;  // bytes that a new listener hears first, whole lines

  virtual ~LocalBroadcast() = default;

  // Begins to tell at `path`; what a dead process left there is replaced, so the caller has made sure that no
  // living one tells there. The socket goes with this object. Does not block. Errors: io.
  static Result<std::unique_ptr<LocalBroadcast>> create(const std::filesystem::path& path);

  // Tells it to all who listen, those included who came since the last time: call it with nothing now and
  // then. Never blocks: a listener that does not keep up misses bytes, and is told how many in a line that
  // begins with "[rigbisect: ". Any thread.
  virtual void tell(std::string_view bytes) = 0;
};

// Begins to listen: the descriptor yields the bytes, and an end when the teller is gone. Does not block.
// Errors: not_found (nobody tells there, or too many wait to be heard), io (no permission, say).
Result<Fd> listen_to(const std::filesystem::path& path);

}  // namespace rigbisect
