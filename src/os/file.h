#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/fd.h"

namespace rigbisect {

// A regular file, or a link to one. False also if it cannot be seen.
bool is_file(const std::filesystem::path& path);

// The whole file, at most `max_bytes` (more is an Error: nothing of ours reads unbounded input).
Result<std::string> read_file(const std::filesystem::path& path, std::uintmax_t max_bytes = 64u << 20);

// Replaces the file in one step: temporary file in the same directory, fsync, rename, fsync of the directory.
// A crash at any moment leaves the old or the new content. Makes missing parent directories.
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content);

Result<void> make_directories(const std::filesystem::path& path);

// Copies by reflink or in the kernel where possible; replaces `to` in one step.
Result<void> copy_file_atomically(const std::filesystem::path& from, const std::filesystem::path& to);

Result<std::uintmax_t> free_bytes(const std::filesystem::path& path);

// An advisory lock on a file (flock): held until destroyed, gone by itself when the process dies.
class FileLock {
 public:
  // Does not block: Errc::busy if another process holds it; the message names its pid where the file tells
  // it. The holder's pid is written into the file for that message.
  static Result<FileLock> try_acquire(const std::filesystem::path& path);

  // Somebody holds it. Takes nothing, not even for an instant; a file that cannot be opened is not held.
  static bool is_held(const std::filesystem::path& path);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

// `bytes` random bytes from the kernel as lower-case hexadecimal.
std::string random_hex(std::size_t bytes);

}  // namespace rigbisect
