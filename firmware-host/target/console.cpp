#include "target/console.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "target/system.h"

namespace rigbisect {
namespace {

// Level 1 of facility user: gets past any console level but 0 and 1.
constexpr const char* kPrefix = "<9>";

bool write_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = write(fd, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    done += static_cast<std::size_t>(written);
  }
  return true;
}

// printk.devkmsg=off on the command line cannot be undone, and writes then vanish without an error.
bool kmsg_is_off() {
  return read_small_file("/proc/sys/kernel/printk_devkmsg", 16).starts_with("off");
}

}  // namespace

void Console::open() {
  tty_ = ::open("/dev/console", O_RDWR | O_NOCTTY | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd) {
    if (tty_ >= 0 && tty_ != fd) dup2(tty_, fd);
  }
  write_small_file("/proc/sys/kernel/printk_devkmsg", "on\n");
  restore_level();
  if (!kmsg_is_off()) kmsg_ = ::open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
}

void Console::say(const std::string& line) const {
  if (kmsg_ >= 0 && write_all(kmsg_, kPrefix + line + "\n")) return;
  // The line feed in front: the cursor may stand behind half a line of the kernel.
  write_all(tty_ >= 0 ? tty_ : STDOUT_FILENO, "\n" + line + "\n");
}

void Console::restore_level() const {
  write_small_file("/proc/sys/kernel/printk", "7\n");
}

}  // namespace rigbisect
