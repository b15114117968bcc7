#include "cli/shared_console.h"

#include <cerrno>
#include <utility>

#include <sys/socket.h>

#include "os/fd.h"

namespace rigbisect {
namespace {

class SharedConsole : public SerialConsole {
 public:
  SharedConsole(std::unique_ptr<SerialConsole> console, LocalBroadcast& watchers)
      : console_(std::move(console)), watchers_(watchers) {}

  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) override {
    auto count = console_->read(into, deadline, std::move(stop));
    watchers_.tell({into.data(), count ? *count : 0});
    return count;
  }
  Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) override {
    return console_->write(bytes, deadline, std::move(stop));
  }
  std::string describe() const override { return console_->describe(); }
  Duration buffered() const override { return console_->buffered(); }
  LineCounters* counters() override { return console_->counters(); }
  BreakSender* break_sender() override { return console_->break_sender(); }
  ModemLines* modem_lines() override { return console_->modem_lines(); }

 private:
  const std::unique_ptr<SerialConsole> console_;
  LocalBroadcast& watchers_;
};

class WatchedConsole : public SerialConsole {
 public:
  WatchedConsole(std::filesystem::path socket, std::string board)
      : path_(std::move(socket)), board_(std::move(board)) {}

  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) override {
    if (!socket_.valid()) {
      auto socket = listen_to(path_);
      if (!socket && socket.error().code != Errc::not_found) return socket.error();
      if (!socket) return nobody();
      socket_ = std::move(*socket);
    }
    const int fds[] = {socket_.get()};
    if (auto ready = wait_ready(fds, false, deadline, std::move(stop)); !ready) return ready.error();
    const ssize_t count = ::recv(socket_.get(), into.data(), into.size(), 0);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Error{Errc::timeout, "nothing came"};
    socket_.reset();
    return nobody();
  }
  Result<void> write(std::span<const char>, Deadline, std::stop_token) override {
    return Error{Errc::invalid, "you only watch; who uses the board has the keyboard"};
  }
  std::string describe() const override { return "watching the console of board " + board_; }

 private:
  Error nobody() const {
    return {Errc::disconnected, "nobody has the console of board " + board_ + " open now"};
  }

  const std::filesystem::path path_;
  const std::string board_;
  Fd socket_;
};

}  // namespace

std::unique_ptr<SerialConsole> share_console(std::unique_ptr<SerialConsole> console,
                                             LocalBroadcast* watchers) {
  if (watchers == nullptr) return console;
  return std::make_unique<SharedConsole>(std::move(console), *watchers);
}

std::unique_ptr<SerialConsole> watch_console(std::filesystem::path socket, const std::string& board) {
  return std::make_unique<WatchedConsole>(std::move(socket), board);
}

}  // namespace rigbisect
