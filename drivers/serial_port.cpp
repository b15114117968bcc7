#include "drivers/serial_port.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>

#include <fcntl.h>
#include <libserialport.h>
#include <linux/serial.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "os/file.h"

namespace rigbisect {
namespace {

namespace fs = std::filesystem;

constexpr Duration kLockRetry =
    std::chrono::milliseconds(20);  // relay commands hold a tty for less than a second

// "process 4711 (picocom)", if one other than ours has this tty open and we may look at it.
std::optional<std::string> holder_of(dev_t tty) {
  std::error_code error;
  for (const auto& process : fs::directory_iterator("/proc", error)) {
    const std::string pid = process.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos || pid == std::to_string(::getpid()))
      continue;
    std::error_code hidden;
    for (auto entry = fs::directory_iterator(process.path() / "fd", hidden);
         entry != fs::directory_iterator(); entry.increment(hidden)) {
      struct stat info {};
      if (::stat(entry->path().c_str(), &info) != 0 || !S_ISCHR(info.st_mode) || info.st_rdev != tty)
        continue;
      const auto name = read_file(process.path() / "comm", 256);
      return "process " + pid + (name ? " (" + printable(trim(*name)) + ")" : "");
    }
  }
  return std::nullopt;
}

Error in_use(const std::string& tty, int fd) {
  struct stat info {};
  const bool known = fd >= 0 ? ::fstat(fd, &info) == 0 : ::stat(tty.c_str(), &info) == 0;
  const std::string holder = (known ? holder_of(info.st_rdev) : std::nullopt).value_or("another program");
  return Error{Errc::busy, tty + " is in use by " + holder + ": end that program, or use another adapter"};
}

Error cannot_open(const std::string& name, const std::string& tty) {
  switch (errno) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
      return Error{Errc::not_found, name + " does not exist: is the adapter plugged in?"};
    case EACCES:
    case EPERM:
      return Error{
          Errc::denied,
          "no permission to open " + name +
              ": add the user to the group 'dialout' (sudo usermod -aG dialout USER) and log in again"};
    case EBUSY:
      return in_use(tty, -1);
    default:
      return errno_error("cannot open " + name);
  }
}

bool is_gone(int number) {
  return number == EIO || number == ENXIO || number == ENODEV || number == EBADF;
}

// For the libserialport call that just failed.
Error port_error(const std::string& what) {
  const bool gone = is_gone(errno);
  Error error = errno_error(what);
  if (gone) error = Error{Errc::disconnected, what + ": the adapter is gone"};
  return error;
}

bool hung_up(int fd) {
  pollfd polled{fd, 0, 0};
  return ::poll(&polled, 1, 0) > 0 && (polled.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

sp_parity parity_of(char letter) {
  switch (letter) {
    case 'E':
      return SP_PARITY_EVEN;
    case 'O':
      return SP_PARITY_ODD;
    case 'M':
      return SP_PARITY_MARK;
    case 'S':
      return SP_PARITY_SPACE;
    default:
      return SP_PARITY_NONE;
  }
}

sp_flowcontrol flow_of(FlowControl flow) {
  switch (flow) {
    case FlowControl::rts_cts:
      return SP_FLOWCONTROL_RTSCTS;
    case FlowControl::xon_xoff:
      return SP_FLOWCONTROL_XONXOFF;
    case FlowControl::none:
      break;
  }
  return SP_FLOWCONTROL_NONE;
}

// Follows links such as /dev/serial/by-id/... to the tty, and no further: libserialport 0.1.1 refuses links
// and looks a port up by the last part of its name.
fs::path resolve(fs::path path) {
  std::error_code error;
  for (int hops = 0; hops < 16; ++hops) {
    if (path.parent_path() == "/dev" && fs::exists("/sys/class/tty" / path.filename(), error)) break;
    const fs::path target = fs::read_symlink(path, error);
    if (error) break;  // not a link; opening it will tell
    path = (path.parent_path() / target).lexically_normal();
  }
  return path;
}

// Takes the tty for us before anything else touches it.
Result<Fd> lock_tty(const std::string& name, const std::string& tty) {
  Fd fd(::open(tty.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return cannot_open(name, tty);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return in_use(tty, fd.get());
  // TIOCEXCL does not stop root, and a mark left behind by a killed process does not mean that anybody is
  // there.
  int exclusive = 0;
  struct stat info {};
  const bool marked = ::ioctl(fd.get(), TIOCGEXCL, &exclusive) == 0 && exclusive != 0;
  if (marked && ::fstat(fd.get(), &info) == 0 && holder_of(info.st_rdev)) return in_use(tty, fd.get());
  return fd;
}

}  // namespace

void SerialPort::Closer::operator()(sp_port* port) const {
  int fd = -1;
  if (sp_get_port_handle(port, &fd) == SP_OK && fd >= 0) ::ioctl(fd, TIOCNXCL);
  sp_close(port);
  sp_free_port(port);
}

Result<SerialPort> SerialPort::open(const fs::path& path, const LineSettings& settings) {
  const std::string name = printable(path.native());
  const std::string tty = resolve(path).native();
  std::error_code error;
  if (!fs::exists(tty, error)) {
    errno = ENOENT;
    return cannot_open(name, tty);
  }
  SerialPort port;
  if (settings.exclusive) {
    auto lock = lock_tty(name, tty);
    if (!lock) return lock.error();
    port.lock_ = std::move(*lock);
  }
  if (auto opened = port.open_tty(name, tty, settings); !opened) return opened.error();
  return port;
}

Result<SerialPort> SerialPort::open_waiting(const fs::path& path, const LineSettings& settings, Clock& clock,
                                            Deadline deadline, std::stop_token stop) {
  for (;;) {
    auto port = open(path, settings);
    if (port || port.error().code != Errc::busy || clock.now() >= deadline) return port;
    if (!clock.sleep_until(std::min(deadline, clock.now() + kLockRetry), stop)) {
      return Error{Errc::cancelled, "stopped while waiting for " + printable(path.native())};
    }
  }
}

Result<void> SerialPort::open_tty(const std::string& name, const std::string& tty,
                                  const LineSettings& settings) {
  sp_port* port = nullptr;
  if (sp_get_port_by_name(tty.c_str(), &port) != SP_OK) {
    return Error{Errc::invalid,
                 printable(tty) + " is not a serial port: the name of a tty such as /dev/ttyUSB0 is needed"};
  }
  port_.reset(port);
  if (sp_open(port, SP_MODE_READ_WRITE) != SP_OK) return cannot_open(name, tty);
  if (sp_get_port_handle(port, &fd_) != SP_OK) return port_error("cannot use " + tty);
  if (settings.exclusive && ::ioctl(fd_, TIOCEXCL) != 0)
    return port_error("cannot take " + tty + " for us alone");
  const char* product = sp_get_port_description(port);
  description_ = tty + " " + std::to_string(settings.baud) + " " + settings.framing;
  if (product != nullptr) description_ += " (" + printable(product) + ")";
  return apply(settings);
}

Result<void> SerialPort::apply(const LineSettings& settings) {
  const auto refuse = [&](const std::string& what) {
    const Error reason = port_error(what);
    return Error{reason.code, reason.what + " (" + description_ + ")"};
  };
  const std::string& framing = settings.framing;
  if (sp_set_baudrate(port_.get(), settings.baud) != SP_OK)
    return refuse("the adapter refuses this baud rate");
  if (framing.size() != 3 || sp_set_bits(port_.get(), framing[0] - '0') != SP_OK ||
      sp_set_parity(port_.get(), parity_of(framing[1])) != SP_OK ||
      sp_set_stopbits(port_.get(), framing[2] - '0') != SP_OK) {
    return refuse("the adapter refuses this framing");
  }
  if (sp_set_flowcontrol(port_.get(), flow_of(settings.flow)) != SP_OK) {
    return refuse("the adapter refuses this flow control");
  }
  return {};
}

Result<std::size_t> SerialPort::read(std::span<char> into, Deadline deadline, std::stop_token stop) {
  const std::array<int, 1> fds{fd_};
  for (;;) {
    if (auto ready = wait_ready(fds, false, deadline, stop); !ready)
      return ready.error().within(description_);
    const int count = sp_nonblocking_read(port_.get(), into.data(), into.size());
    if (count > 0) return static_cast<std::size_t>(count);
    if (count < 0) return port_error(description_);
    if (hung_up(fd_)) return Error{Errc::disconnected, description_ + ": the adapter is gone"};
  }
}

Result<void> SerialPort::write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) {
  const std::array<int, 1> fds{fd_};
  while (!bytes.empty()) {
    if (auto ready = wait_ready(fds, true, deadline, stop); !ready) return ready.error().within(description_);
    const int count = sp_nonblocking_write(port_.get(), bytes.data(), bytes.size());
    if (count < 0) return port_error(description_);
    if (count == 0 && hung_up(fd_)) return Error{Errc::disconnected, description_ + ": the adapter is gone"};
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> SerialPort::set_break(bool on) {
  const sp_return done = on ? sp_start_break(port_.get()) : sp_end_break(port_.get());
  return done == SP_OK ? Result<void>() : port_error(description_ + ": break");
}

Result<void> SerialPort::set_dtr(bool asserted) {
  const sp_return done = sp_set_dtr(port_.get(), asserted ? SP_DTR_ON : SP_DTR_OFF);
  return done == SP_OK ? Result<void>() : port_error(description_ + ": DTR");
}

Result<void> SerialPort::set_rts(bool asserted) {
  const sp_return done = sp_set_rts(port_.get(), asserted ? SP_RTS_ON : SP_RTS_OFF);
  return done == SP_OK ? Result<void>() : port_error(description_ + ": RTS");
}

Result<bool> SerialPort::any_of(int lines) const {
  int asserted = 0;
  if (::ioctl(fd_, TIOCMGET, &asserted) != 0) return port_error(description_);
  return (asserted & lines) != 0;
}

Result<bool> SerialPort::dtr() const {
  return any_of(TIOCM_DTR);
}

Result<bool> SerialPort::rts() const {
  return any_of(TIOCM_RTS);
}

Result<bool> SerialPort::inputs() const {
  return any_of(TIOCM_CTS | TIOCM_DSR | TIOCM_CAR);
}

// Linux tty_ioctl(2), TIOCGICOUNT: the counters of the kernel's driver.
std::optional<LineErrors> SerialPort::line_errors() const {
  serial_icounter_struct counted{};
  if (::ioctl(fd_, TIOCGICOUNT, &counted) != 0) return std::nullopt;
  const auto count = [](int number) { return std::uint64_t{static_cast<std::uint32_t>(number)}; };
  return LineErrors{.overruns = count(counted.overrun) + count(counted.buf_overrun),
                    .framing = count(counted.frame),
                    .parity = count(counted.parity),
                    .breaks = count(counted.brk)};
}

void SerialPort::discard_input() {
  sp_flush(port_.get(), SP_BUF_INPUT);
}

}  // namespace rigbisect
