#include "cli/console_input.h"

#include <array>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece_size = 256 * 1024;
constexpr Duration poll_interval = std::chrono::milliseconds(200);

using Kind = ConsolePiece::Kind;

// Reads into a buffer of its own. An empty view: nothing more is there now.
class Reader {
 public:
  Result<std::string_view> read(int fd) {
    for (;;) {
      const auto count = ::read(fd, buffer_.data(), buffer_.size());
      if (count >= 0) return std::string_view(buffer_.data(), static_cast<std::size_t>(count));
      if (errno != EINTR) return errno_error("reading failed");
    }
  }

 private:
  std::vector<char> buffer_ = std::vector<char>(piece_size);
};

// A descriptor that is read until its end; with `quiet`, silence is told.
class DescriptorInput : public ConsoleInput {
 public:
  DescriptorInput(int fd, bool tells_quiet) : fd_(fd), tells_quiet_(tells_quiet) {}

  Result<ConsolePiece> next(std::stop_token stop) override {
    const bool may_be_quiet = tells_quiet_ && !was_quiet_;
    const Deadline deadline =
        may_be_quiet ? std::chrono::steady_clock::now() + console_quiet : Deadline::max();
    const auto ready = wait_ready(std::array{fd_}, false, deadline, stop);
    if (!ready && ready.error().code == Errc::timeout) {
      was_quiet_ = true;
      return ConsolePiece{Kind::quiet, {}};
    }
    if (!ready) return ready.error();
    const auto bytes = reader_.read(fd_);
    if (!bytes) return bytes.error();
    was_quiet_ = false;
    return ConsolePiece{bytes->empty() ? Kind::end : Kind::bytes, *bytes};
  }

 private:
  int fd_;
  bool tells_quiet_;
  bool was_quiet_ = false;
  Reader reader_;
};

class FollowedFile : public ConsoleInput {
 public:
  FollowedFile(fs::path path, Fd fd, Clock& clock)
      : path_(std::move(path)), fd_(std::move(fd)), clock_(clock), heard_(clock.now()) {}

  Result<ConsolePiece> next(std::stop_token stop) override {
    for (;;) {
      const auto bytes = reader_.read(fd_.get());
      if (!bytes) return bytes.error();
      if (!bytes->empty()) {
        size_ += static_cast<off_t>(bytes->size());
        heard_ = clock_.now();
        was_quiet_ = false;
        return ConsolePiece{Kind::bytes, *bytes};
      }
      if (restarted()) return ConsolePiece{Kind::restarted, {}};
      if (!was_quiet_ && clock_.now() - heard_ >= console_quiet) {
        was_quiet_ = true;
        return ConsolePiece{Kind::quiet, {}};
      }
      if (!clock_.sleep_until(clock_.now() + poll_interval, stop)) return Error{Errc::cancelled, "stopped"};
    }
  }

 private:
  // Whether the name now stands for another file, or this one was emptied; goes to the start of what is there
  // then. While the name stands for nothing the old file is kept.
  bool restarted() {
    struct stat open_file = {};
    struct stat named_file = {};
    if (::fstat(fd_.get(), &open_file) != 0) return false;
    if (open_file.st_size < size_) {
      ::lseek(fd_.get(), 0, SEEK_SET);
    } else {
      if (::stat(path_.c_str(), &named_file) != 0) return false;
      if (named_file.st_ino == open_file.st_ino && named_file.st_dev == open_file.st_dev) return false;
      auto fresh = open_console_log(path_);
      if (!fresh) return false;
      fd_ = std::move(*fresh);
    }
    size_ = 0;
    return true;
  }

  fs::path path_;
  Fd fd_;
  Clock& clock_;
  TimePoint heard_;
  bool was_quiet_ = false;
  off_t size_ = 0;  // read so far
  Reader reader_;
};

// Why the file cannot be read as a log, "" if it can.
std::string refusal(const struct stat& file) {
  if (S_ISDIR(file.st_mode)) return "is a directory; name the logs in it";
  if (S_ISCHR(file.st_mode) || S_ISBLK(file.st_mode))
    return "is a device; pipe a live line in with --follow -";
  if (S_ISSOCK(file.st_mode)) return "is a socket; pipe its data in through standard input";
  return "";
}

}  // namespace

Result<Fd> open_console_log(const fs::path& file) {
  struct stat found = {};
  if (::stat(file.c_str(), &found) != 0) return errno_error("cannot be opened");
  if (const auto why = refusal(found); !why.empty()) return Error{Errc::invalid, why};
  Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.valid()) return errno_error("cannot be opened");
  return fd;
}

std::unique_ptr<ConsoleInput> whole_input(int fd) {
  return std::make_unique<DescriptorInput>(fd, false);
}

std::unique_ptr<ConsoleInput> live_input(int fd) {
  return std::make_unique<DescriptorInput>(fd, true);
}

std::unique_ptr<ConsoleInput> followed_file(fs::path file, Fd fd, Clock& clock) {
  return std::make_unique<FollowedFile>(std::move(file), std::move(fd), clock);
}

}  // namespace rigbisect
