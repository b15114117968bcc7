#include "cli/terminal.h"

#include <cstdlib>

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"
#include "os/fd.h"

namespace rigbisect {
namespace {

constexpr std::string_view kActing = "\r\n\t\b";

// How many bytes at the end of `text` may be the beginning of a UTF-8 character.
std::size_t unfinished(std::string_view text) {
  for (std::size_t length = 1; length <= 3 && length <= text.size(); ++length) {
    const auto byte = static_cast<unsigned char>(text[text.size() - length]);
    if ((byte & 0xc0U) == 0x80U) continue;  // inside a character: its lead byte is further ahead
    const std::size_t whole = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return whole > length ? length : 0;
  }
  return 0;
}

}  // namespace

bool is_live_terminal() {
  const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): read before any thread starts
  return isatty(STDOUT_FILENO) == 1 && isatty(STDERR_FILENO) == 1 && term != nullptr &&
         std::string_view(term) != "dumb";
}

TerminalSize terminal_size() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

std::string ConsoleFilter::feed(std::string_view bytes) {
  pending_ += bytes;
  std::string_view rest = pending_;
  rest.remove_suffix(unfinished(rest));
  const std::size_t taken = rest.size();
  std::string shown;
  while (!rest.empty()) {
    const std::size_t plain = std::min(rest.find_first_of(kActing), rest.size());
    shown += printable(rest.substr(0, plain));
    rest.remove_prefix(plain);
    const std::size_t acting = std::min(rest.find_first_not_of(kActing), rest.size());
    shown += rest.substr(0, acting);
    rest.remove_prefix(acting);
  }
  pending_.erase(0, taken);
  return shown;
}

std::string ConsoleFilter::flush() {
  std::string shown = printable(pending_);
  pending_.clear();
  return shown;
}

struct RawTerminal::Saved {
  int fd;
  termios settings;
};

RawTerminal::RawTerminal() = default;
RawTerminal::RawTerminal(RawTerminal&&) noexcept = default;
RawTerminal& RawTerminal::operator=(RawTerminal&&) noexcept = default;

RawTerminal::~RawTerminal() {
  if (saved_) ::tcsetattr(saved_->fd, TCSADRAIN, &saved_->settings);
}

Result<RawTerminal> RawTerminal::enter(int fd) {
  RawTerminal terminal;
  if (::isatty(fd) == 0) return terminal;
  termios settings{};
  if (::tcgetattr(fd, &settings) != 0) return errno_error("cannot read the terminal's settings");
  const termios before = settings;
  ::cfmakeraw(&settings);
  settings.c_oflag |= OPOST | ONLCR;
  if (::tcsetattr(fd, TCSADRAIN, &settings) != 0) return errno_error("cannot set the terminal to raw mode");
  terminal.saved_ = std::make_unique<Saved>(Saved{fd, before});
  return terminal;
}

}  // namespace rigbisect
