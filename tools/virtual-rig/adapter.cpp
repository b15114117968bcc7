#include "adapter.h"

#include <array>
#include <cstdlib>

#include <asm/termbits.h>  // struct termios2; excludes <termios.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace rigbisect::rig {
namespace {

// What a USB serial driver sets up at first open: 9600 baud 8N1 (but raw, so that echo cannot confuse the
// board before the client has configured the port).
Result<void> set_defaults(int terminal) {
  termios2 settings{};
  if (::ioctl(terminal, TCGETS2, &settings) != 0) return errno_error("TCGETS2");
  settings.c_iflag = 0;
  settings.c_oflag = 0;
  settings.c_lflag = 0;
  settings.c_cflag = B9600 | CS8 | CREAD | HUPCL | CLOCAL;
  settings.c_ispeed = 9600;
  settings.c_ospeed = 9600;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (::ioctl(terminal, TCSETS2, &settings) != 0) return errno_error("TCSETS2");
  return {};
}

Fd open_terminal(const std::string& terminal) {
  return Fd(::open(terminal.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
}

}  // namespace

Adapter::Adapter(Loop& loop, Testbed& testbed, AdapterIdentity identity, unsigned number,
                 std::function<void()> on_input)
    : loop_(loop),
      testbed_(testbed),
      identity_(std::move(identity)),
      number_(number),
      on_input_(std::move(on_input)) {}

Adapter::~Adapter() {
  unplug();
}

Result<void> Adapter::plug() {
  if (plugged()) return {};
  Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!master.valid()) return errno_error("posix_openpt");
  std::array<char, 64> name{};
  if (::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 ||
      ::ptsname_r(master.get(), name.data(), name.size()) != 0)
    return errno_error("pty");
  {
    // Opened and closed once: from then on POLLHUP on the master tells whether anybody has it open.
    const Fd terminal = open_terminal(name.data());
    if (!terminal.valid()) return errno_error(name.data());
    if (auto ok = set_defaults(terminal.get()); !ok) return ok;
  }
  if (auto ok = testbed_.plug(identity_, number_, name.data(), lines_); !ok) return ok;
  terminal_ = name.data();
  master_ = std::move(master);
  return loop_.watch(master_.get(), [this] { host_changed(); });
}

Result<void> Adapter::plug_as(unsigned number) {
  if (plugged() && number == number_) return {};
  unplug();
  number_ = number;
  return plug();
}

void Adapter::unplug() {
  if (!plugged()) return;
  lines_->plugged = false;
  lines_->outputs = 0;
  loop_.unwatch(master_.get());
  testbed_.unplug(identity_, number_);
  master_.reset();  // hangs up whoever has it open
}

bool Adapter::opened() const {
  if (!plugged()) return false;
  pollfd poll{master_.get(), 0, 0};
  return ::poll(&poll, 1, 0) == 0;  // otherwise POLLHUP
}

void Adapter::host_changed() {
  const bool open = opened();
  if (!open && unflushed_) {
    // Closed by its last user: what was not read is gone, as it is when a real tty is closed. Only once:
    // closing it here brings us back here.
    unflushed_ = false;
    const Fd terminal = open_terminal(terminal_);
    if (terminal.valid()) ::ioctl(terminal.get(), TCFLSH, TCIFLUSH);
  }
  if (!open) lines_->outputs = 0;
  on_input_();
}

void Adapter::write(std::span<const char> bytes) {
  if (!opened()) return;
  unflushed_ = true;
  [[maybe_unused]] const auto written = ::write(master_.get(), bytes.data(), bytes.size());
}

std::size_t Adapter::read(std::span<char> into) {
  if (!plugged()) return 0;
  const auto got = ::read(master_.get(), into.data(), into.size());
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

unsigned Adapter::speed() const {
  termios2 settings{};
  if (!plugged() || ::ioctl(master_.get(), TCGETS2, &settings) != 0) return 0;
  return settings.c_ospeed;
}

void Adapter::on_break(std::function<void()> handler) {
  lines_->on_break = [this, handler = std::move(handler)](bool on) {
    if (on) loop_.post(handler);
  };
}

}  // namespace rigbisect::rig
