#include "drivers/boot/raw_medium.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "os/file.h"

namespace rigbisect {

// Says when to give up, between two chunks.
struct Pacer {
  Clock& clock;
  Deadline deadline;
  std::stop_token stop;

  Result<void> check() const {
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
    if (clock.now() >= deadline) return Error{Errc::timeout, "the medium is too slow for the time allowed"};
    return {};
  }
};

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunk = 1U << 20;
constexpr std::size_t kAlignment = 4096;  // for O_DIRECT
constexpr std::size_t kSignatureAt = 440;
constexpr std::size_t kSector = 512;

struct Free {
  void operator()(char* memory) const { std::free(memory); }  // NOLINT(cppcoreguidelines-no-malloc)
};
using Buffer = std::unique_ptr<char, Free>;

Buffer make_buffer() {
  return Buffer(static_cast<char*>(std::aligned_alloc(kAlignment, kChunk)));
}

// Reads up to a chunk at `at`; fewer bytes only at the end.
Result<std::size_t> read_chunk(int fd, char* into, std::size_t size, std::uintmax_t at,
                               const std::string& name) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count = ::pread(fd, into + done, size - done, static_cast<off_t>(at + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("cannot read " + name);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

// "/dev/sda2 on /", for a disk that could not be claimed.
std::string mounts_of(const fs::path& device) {
  std::error_code error;
  const std::string disk = fs::canonical(device, error).native();
  const auto mounts = read_file("/proc/self/mounts", 1U << 20);
  if (error || !mounts) return {};
  for (const std::string_view line : split(*mounts, '\n')) {
    const auto fields = split(line, ' ');
    if (fields.size() > 1 && fields[0].starts_with(disk)) {
      return " (" + printable(fields[0]) + " is mounted on " + printable(fields[1]) + ")";
    }
  }
  return {};
}

Error cannot_open(const fs::path& path, bool is_block) {
  const std::string name = printable(path.native());
  if (errno == ENOENT || errno == ENXIO) {
    return Error{Errc::not_found,
                 name + " does not exist: is the medium plugged in and switched to this machine?"};
  }
  if (errno == EBUSY && is_block) {
    return Error{Errc::busy,
                 name + " is used by this machine itself" + mounts_of(path) +
                     ": it will not be overwritten. Check 'device', or unmount it and turn automounting off"};
  }
  if (errno == EACCES) {
    return Error{Errc::denied,
                 "no permission to write " + name + ": add the user to its group (usually 'disk')"};
  }
  return errno_error("cannot open " + name);
}

}  // namespace

Result<RawMedium> RawMedium::open(const fs::path& path) {
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  const bool is_block = exists && S_ISBLK(info.st_mode);
  if (exists && !is_block && !S_ISREG(info.st_mode)) {
    return Error{Errc::invalid, printable(path.native()) + " is neither a block device nor a file"};
  }
  const bool create = !exists && !path.native().starts_with("/dev/");
  // O_EXCL on a block device claims the whole disk; the kernel refuses while anything on it is in use.
  const int flags = O_RDWR | O_CLOEXEC | (is_block ? O_EXCL : 0) | (create ? O_CREAT : 0);
  Fd fd(::open(path.c_str(), flags, 0644));
  if (!fd.valid()) return cannot_open(path, is_block);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error{Errc::busy, printable(path.native()) + " is locked by another process"};
  }
  return RawMedium(std::move(fd), path, is_block);
}

Result<bool> RawMedium::may_overwrite(std::string_view signature) const {
  const Buffer start = make_buffer();
  const auto size = read_chunk(fd_.get(), start.get(), kChunk, 0, printable(path_.native()));
  if (!size) return size.error();
  const std::string_view bytes(start.get(), *size);
  if (bytes.substr(std::min(bytes.size(), kSignatureAt)).starts_with(signature)) return true;
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

Result<void> RawMedium::write_verified(const fs::path& image, Clock& clock, Deadline deadline,
                                       std::stop_token stop) {
  const Fd from(::open(image.c_str(), O_RDONLY | O_CLOEXEC));
  if (!from.valid()) return errno_error("cannot open " + printable(image.native()));
  const off_t end = ::lseek(from.get(), 0, SEEK_END);
  const off_t capacity = is_block_ ? ::lseek(fd_.get(), 0, SEEK_END) : end;
  if (end < 0 || capacity < 0) return failed("cannot find the size of");
  if (end > capacity) {
    return Error{Errc::invalid, printable(path_.native()) + " is too small: the image needs " +
                                    std::to_string(end >> 20) + " MiB and it has " +
                                    std::to_string(capacity >> 20)};
  }
  const auto size = static_cast<std::uintmax_t>(end);
  const Pacer pacer{clock, deadline, std::move(stop)};
  if (auto written = write_all(from.get(), size, pacer); !written) return written;
  return compare_all(from.get(), size, pacer);
}

Result<void> RawMedium::clear_boot_mark() {
  const Buffer sector = make_buffer();
  const auto size = read_chunk(fd_.get(), sector.get(), kSector, 0, printable(path_.native()));
  if (!size) return size.error();
  if (*size < kSector) return {};
  sector.get()[510] = 0;
  sector.get()[511] = 0;
  if (::pwrite(fd_.get(), sector.get(), kSector, 0) != static_cast<ssize_t>(kSector))
    return failed("cannot write");
  if (::fsync(fd_.get()) != 0) return failed("cannot write");
  return {};
}

// Flushed chunk by chunk: one flush at the end could block a slow stick's writer for minutes, beyond deadline
// and stop.
Result<void> RawMedium::write_all(int from, std::uintmax_t size, const Pacer& pacer) {
  const Buffer buffer = make_buffer();
  for (std::uintmax_t at = 0; at < size; at += kChunk) {
    if (auto go_on = pacer.check(); !go_on) return go_on;
    const auto count =
        read_chunk(from, buffer.get(), std::min<std::uintmax_t>(kChunk, size - at), at, "the image");
    if (!count) return count.error();
    for (std::size_t done = 0; done < *count;) {
      const ssize_t written =
          ::pwrite(fd_.get(), buffer.get() + done, *count - done, static_cast<off_t>(at + done));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failed("cannot write");
      done += static_cast<std::size_t>(written);
    }
    if (::fdatasync(fd_.get()) != 0) return failed("cannot write");
  }
  if (::fsync(fd_.get()) != 0) return failed("cannot write");
  return {};
}

Result<void> RawMedium::compare_all(int from, std::uintmax_t size, const Pacer& pacer) {
  // Past the page cache; file systems that cannot (tmpfs) are told to forget what they hold.
  const std::string own = "/proc/self/fd/" + std::to_string(fd_.get());
  Fd direct(::open(own.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
  if (!direct.valid()) ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED);
  const int medium = direct.valid() ? direct.get() : fd_.get();
  const Buffer wanted = make_buffer();
  const Buffer found = make_buffer();
  for (std::uintmax_t at = 0; at < size; at += kChunk) {
    if (auto go_on = pacer.check(); !go_on) return go_on;
    const std::size_t length = std::min<std::uintmax_t>(kChunk, size - at);
    const auto expected = read_chunk(from, wanted.get(), length, at, "the image");
    if (!expected) return expected.error();
    const auto actual = read_chunk(medium, found.get(), length, at, printable(path_.native()));
    if (!actual) return actual.error();
    if (*actual == *expected && std::memcmp(wanted.get(), found.get(), *expected) == 0) continue;
    return Error{Errc::io, printable(path_.native()) + " does not hold what was written (MiB " +
                               std::to_string(at >> 20) +
                               " reads back differently): the medium is worn out or a fake; replace it"};
  }
  return {};
}

Error RawMedium::failed(const std::string& doing) const {
  return errno_error(doing + " " + printable(path_.native()));
}

}  // namespace rigbisect
