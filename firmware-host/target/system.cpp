#include "target/system.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "target/build_id.h"

namespace rigbisect {
namespace {

struct Node {
  const char* path;
  mode_t mode;
  unsigned major;
  unsigned minor;
};

constexpr Node kNodes[] = {
    {"/dev/null", S_IFCHR | 0666, 1, 3},    {"/dev/zero", S_IFCHR | 0666, 1, 5},
    {"/dev/full", S_IFCHR | 0666, 1, 7},    {"/dev/random", S_IFCHR | 0666, 1, 8},
    {"/dev/urandom", S_IFCHR | 0666, 1, 9}, {"/dev/kmsg", S_IFCHR | 0600, 1, 11},
    {"/dev/tty", S_IFCHR | 0666, 5, 0},     {"/dev/console", S_IFCHR | 0600, 5, 1},
};

bool mount_at(const char* type, const char* where) {
  mkdir(where, 0755);
  return mount(type, where, type, 0, nullptr) == 0;
}

}  // namespace

TimePoint monotonic_now() {
  return std::chrono::steady_clock::now();
}

void mount_file_systems() {
  mount_at("proc", "/proc");
  mount_at("sysfs", "/sys");
  if (!mount_at("devtmpfs", "/dev")) {
    for (const Node& node : kNodes) mknod(node.path, node.mode, makedev(node.major, node.minor));
  }
  mount_at("tmpfs", "/tmp");
}

std::string read_small_file(const char* path, std::size_t limit) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::string content(limit, '\0');
  std::size_t size = 0;
  while (size < limit) {
    const ssize_t got = read(fd, content.data() + size, limit - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  close(fd);
  content.resize(size);
  return content;
}

bool write_small_file(const char* path, const std::string& content) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t written = write(fd, content.data(), content.size());
  close(fd);
  return written == static_cast<ssize_t>(content.size());
}

std::string kernel_release() {
  utsname names{};
  if (uname(&names) != 0) return "-";
  return names.release;
}

std::string kernel_build_id() {
  const std::string id = gnu_build_id(read_small_file("/sys/kernel/notes", 16384));
  return id.empty() ? "-" : id;
}

}  // namespace rigbisect
