#pragma once

#include <filesystem>
#include <stop_token>

#include "base/clock.h"
#include "base/result.h"
#include "os/fd.h"

// A disk, card, stick or image file as raw bytes, with what keeps a host from destroying itself: a block
// device that this machine uses (mounted, swap, LVM, RAID, any of its partitions) cannot be opened, and a
// medium with foreign data is not touched.
namespace rigbisect {

class RawMedium {
 public:
  // Errors: not_found, denied, busy (in use by this machine; says what is mounted where), invalid (no
  // medium). A missing file is made when its directory exists, except in /dev.
  static Result<RawMedium> open(const std::filesystem::path& path);

  // True if it starts with `signature` at byte 440 (ours) or with a MiB of zeros (blank).
  Result<bool> may_overwrite(std::string_view signature) const;

  // Writes `image` from the start on, then reads it back from the medium, not from the page cache, and
  // compares. Errors: io (also: reads back differently), timeout, cancelled. Checks deadline and stop after
  // each MiB.
  Result<void> write_verified(const std::filesystem::path& image, Clock& clock, Deadline deadline,
                              std::stop_token stop);

  // Makes it unbootable and keeps it ours: the boot mark of the first sector is cleared.
  Result<void> clear_boot_mark();

 private:
  RawMedium(Fd fd, std::filesystem::path path, bool is_block)
      : fd_(std::move(fd)), path_(std::move(path)), is_block_(is_block) {}
  Result<void> write_all(int from, std::uintmax_t size, const struct Pacer& pacer);
  Result<void> compare_all(int from, std::uintmax_t size, const struct Pacer& pacer);
  Error failed(const std::string& doing) const;

  Fd fd_;
  std::filesystem::path path_;
  bool is_block_;
};

}  // namespace rigbisect
