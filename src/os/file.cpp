#include "os/file.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

std::string quoted(const fs::path& path) {
  return printable(path.native());
}

Result<Fd> open_fd(const fs::path& path, int flags, mode_t mode = 0) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd.valid()) return errno_error("cannot open " + quoted(path));
  return fd;
}

Result<void> write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno_error("cannot write " + quoted(path));
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// A file beside its final path that is either committed or removed.
class Replacement {
 public:
  explicit Replacement(const fs::path& path)
      : path_(path),
        temporary_(path.parent_path() / ("." + path.filename().native() + "." + random_hex(8) + ".tmp")) {}
  ~Replacement() {
    if (fd_.valid() && !committed_) ::unlink(temporary_.c_str());
  }
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  Result<void> open(mode_t mode) {
    const fs::path parent = path_.parent_path();
    if (!parent.empty()) {
      if (auto made = make_directories(parent); !made) return made;
    }
    auto fd = open_fd(temporary_, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (!fd) return fd.error();
    fd_ = std::move(*fd);
    return {};
  }

  Result<void> commit() {
    if (::fsync(fd_.get()) != 0) return errno_error("cannot write " + quoted(path_));
    if (::rename(temporary_.c_str(), path_.c_str()) != 0)
      return errno_error("cannot replace " + quoted(path_));
    committed_ = true;
    const fs::path parent = path_.parent_path().empty() ? fs::path(".") : path_.parent_path();
    auto directory = open_fd(parent, O_RDONLY | O_DIRECTORY);
    if (!directory) return directory.error();
    if (::fsync(directory->get()) != 0) return errno_error("cannot write the directory " + quoted(parent));
    return {};
  }

  int fd() const { return fd_.get(); }

 private:
  fs::path path_;
  fs::path temporary_;
  Fd fd_;
  bool committed_ = false;
};

// The kernel's own copy where the file system has it, else through memory.
Result<void> copy_bytes(int from, int to, const fs::path& path) {
  constexpr std::size_t chunk = 1U << 20;
  while (::copy_file_range(from, nullptr, to, nullptr, chunk, 0) > 0) continue;
  // Also when it said "the end": some file systems report 0 for files that have content.
  std::vector<char> buffer(chunk);
  for (;;) {
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("cannot read what is to become " + quoted(path));
    if (count == 0) return {};
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(count));
    if (auto written = write_all(to, piece, path); !written) return written;
  }
}

// A lock of the open file, not of the process, over all of it.
struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string holder_of(int fd) {
  char buffer[16];
  const ssize_t size = ::pread(fd, buffer, sizeof buffer, 0);
  const std::string_view pid = size > 0 ? trim({buffer, static_cast<std::size_t>(size)}) : std::string_view{};
  if (pid.empty() || pid.find_first_not_of("0123456789") != std::string_view::npos) return "another process";
  return "process " + std::string(pid);
}

}  // namespace

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

Result<std::string> read_file(const fs::path& path, std::uintmax_t max_bytes) {
  auto fd = open_fd(path, O_RDONLY);
  if (!fd) return fd.error();
  std::string content;
  std::vector<char> buffer(64u << 10);
  for (;;) {
    const ssize_t count = ::read(fd->get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("cannot read " + quoted(path));
    if (count == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > max_bytes) {
      return Error{Errc::invalid, quoted(path) + " is larger than " + std::to_string(max_bytes) + " bytes"};
    }
  }
}

Result<void> write_file_atomically(const fs::path& path, std::string_view content) {
  Replacement file(path);
  if (auto opened = file.open(0644); !opened) return opened;
  if (auto written = write_all(file.fd(), content, path); !written) return written;
  return file.commit();
}

Result<void> make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return {};
  errno = error.value();
  return errno_error("cannot make the directory " + quoted(path));
}

Result<void> copy_file_atomically(const fs::path& from, const fs::path& to) {
  auto source = open_fd(from, O_RDONLY);
  if (!source) return source.error();
  struct stat info {};
  if (::fstat(source->get(), &info) != 0) return errno_error("cannot read " + quoted(from));
  Replacement file(to);
  if (auto opened = file.open(info.st_mode & 0777U); !opened) return opened;
  if (::ioctl(file.fd(), FICLONE, source->get()) != 0) {
    if (auto copied = copy_bytes(source->get(), file.fd(), to); !copied) return copied;
  }
  return file.commit();
}

Result<std::uintmax_t> free_bytes(const fs::path& path) {
  std::error_code error;
  const fs::space_info space = fs::space(path, error);
  if (!error) return space.available;
  errno = error.value();
  return errno_error("cannot read the free space of " + quoted(path));
}

Result<FileLock> FileLock::try_acquire(const fs::path& path) {
  auto fd = open_fd(path, O_RDWR | O_CREAT, 0644);
  if (!fd) return fd.error();
  struct flock lock = whole_file();
  if (::fcntl(fd->get(), F_OFD_SETLK, &lock) != 0) {
    if (errno != EAGAIN && errno != EACCES) return errno_error("cannot lock " + quoted(path));
    return Error{Errc::busy, holder_of(fd->get()) + " holds the lock " + quoted(path)};
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd->get(), 0) != 0) return errno_error("cannot write " + quoted(path));
  if (auto written = write_all(fd->get(), pid, path); !written) return written.error();
  return FileLock(std::move(*fd));
}

bool FileLock::is_held(const fs::path& path) {
  const auto fd = open_fd(path, O_RDONLY);
  if (!fd) return false;
  struct flock lock = whole_file();
  return ::fcntl(fd->get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

std::string random_hex(std::size_t bytes) {
  std::vector<unsigned char> random(bytes);
  std::size_t filled = 0;
  while (filled < bytes) {
    const ssize_t count = ::getrandom(random.data() + filled, bytes - filled, 0);
    if (count > 0) filled += static_cast<std::size_t>(count);
  }
  return to_hex(random);
}

}  // namespace rigbisect
