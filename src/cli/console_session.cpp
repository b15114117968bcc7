#include "cli/console_session.h"

#include <array>
#include <cerrno>
#include <mutex>
#include <optional>
#include <ostream>
#include <thread>

#include <unistd.h>

#include "base/text.h"
#include "cli/terminal.h"
#include "os/fd.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

constexpr char kQuit = 0x1d;   // Ctrl-]
constexpr char kBreak = 0x1c;  // Ctrl-backslash
constexpr char kOurKeys[] = {kQuit, kBreak};
constexpr Duration kPatience = 1s;       // for one read; then half a character is shown as it is
constexpr Duration kWriteTime = 5s;      // for the adapter to take what was typed
constexpr Duration kRetryPause = 200ms;  // for a driver that reports a lost adapter without waiting

class Session {
 public:
  Session(SerialConsole& console, const ConsoleIo& io, Clock& clock)
      : console_(console), io_(io), clock_(clock) {}

  Result<void> run(const std::stop_token& stop) {
    const std::stop_callback forward(stop, [this] { end_.request_stop(); });
    std::jthread shower([this] {
      show_board();
      end_.request_stop();
    });
    auto typed = forward_keys();
    end_.request_stop();
    shower.join();
    if (failure_) return *failure_;  // the board's side ended first; the keys' side was only told to stop
    return typed;
  }

 private:
  Result<void> forward_keys() {
    const int fds[] = {io_.input};
    for (;;) {
      if (auto ready = wait_ready(fds, false, Deadline::max(), end_.get_token()); !ready)
        return ready.error();
      std::array<char, 1024> keys{};
      const ssize_t count = ::read(io_.input, keys.data(), keys.size());
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count < 0 && errno != EIO) return errno_error("cannot read the keyboard");
      if (count <= 0) return wait_for_end();  // EIO: the terminal was closed
      if (!forward({keys.data(), static_cast<std::size_t>(count)})) return {};
    }
  }

  // False at the key that ends the session.
  bool forward(std::string_view typed) {
    for (;;) {
      const std::size_t ours = typed.find_first_of(std::string_view{kOurKeys, sizeof kOurKeys});
      send(typed.substr(0, ours));
      if (ours == std::string_view::npos) return true;
      if (typed[ours] == kQuit) return false;
      send_break();
      typed.remove_prefix(ours + 1);
    }
  }

  Result<void> wait_for_end() {
    while (clock_.sleep_until(clock_.now() + 1h, end_.get_token())) {
    }
    return Error{Errc::cancelled, "stopped"};
  }

  void send(std::string_view typed) {
    if (typed.empty()) return;
    const auto sent = console_.write(typed, clock_.now() + kWriteTime, end_.get_token());
    if (!sent && sent.error().code != Errc::cancelled) say("not sent: " + sent.error().what);
  }

  void send_break() {
    BreakSender* sender = console_.break_sender();
    if (sender == nullptr) return say("this kind of console has no break");
    const auto sent = sender->send_break(clock_.now() + kWriteTime, end_.get_token());
    if (sent) say("break sent; the next key is a SysRq command, h for help");
    if (!sent && sent.error().code != Errc::cancelled) say("no break: " + sent.error().what);
  }

  void show_board() {
    bool away = false;
    std::array<char, 4096> buffer{};
    while (!end_.stop_requested() && !failure_) {
      const auto count = console_.read(buffer, clock_.now() + kPatience, end_.get_token());
      if (count) {
        if (std::exchange(away, false)) say("the console is back");
        show({buffer.data(), *count});
      } else if (count.error().code == Errc::timeout) {
        write(filter_.flush());
      } else if (count.error().code == Errc::disconnected) {
        if (!std::exchange(away, true)) say(count.error().what + "; waiting for it");
        clock_.sleep_until(clock_.now() + kRetryPause, end_.get_token());
      } else if (count.error().code != Errc::cancelled) {
        failure_ = count.error();
      }
    }
    write(filter_.flush());
  }

  void show(std::string_view bytes) {
    if (io_.log != nullptr) {
      io_.log->write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush();
      if (!*io_.log) failure_ = Error{Errc::io, "cannot write the console log: is the disk full?"};
    }
    write(io_.raw ? std::string(bytes) : filter_.feed(bytes));
  }

  void write(const std::string& text) {
    if (text.empty()) return;
    const std::lock_guard lock(mutex_);
    io_.out << text << std::flush;
    if (!io_.out) failure_ = Error{Errc::io, "cannot write to the terminal"};
  }

  // Something from us between the board's lines.
  void say(const std::string& line) {
    const std::lock_guard lock(mutex_);
    io_.out << "\r\n[rigbisect: " << printable(line) << "]\r\n" << std::flush;
  }

  SerialConsole& console_;
  const ConsoleIo& io_;
  Clock& clock_;
  std::stop_source end_;
  std::mutex mutex_;  // guards io_.out: both threads have something to say
  // The showing thread's alone; failure_ is read after that thread was joined.
  ConsoleFilter filter_;
  std::optional<Error> failure_;
};

}  // namespace

Result<void> run_console_session(SerialConsole& console, const ConsoleIo& io, Clock& clock,
                                 std::stop_token stop) {
  return Session(console, io, clock).run(stop);
}

}  // namespace rigbisect
