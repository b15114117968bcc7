#include <array>
#include <cerrno>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"
#include "drivers/registry.h"
#include "os/fd.h"

namespace rigbisect {
namespace {

constexpr std::size_t kLongestAnswer = 200;

Result<Fd> open_terminal(const std::string& path) {
  Fd terminal(::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (terminal.valid() && ::isatty(terminal.get()) == 1) return terminal;
  return Error{Errc::not_found,
               "manual " + printable(path) +
                   ": there is no terminal with a person at it. Run rigbisect in one, or use "
                   "a switch that needs nobody"};
}

class PersonAtTerminal : public PowerSwitch {
 public:
  PersonAtTerminal(std::string path, std::string board) : path_(std::move(path)), board_(std::move(board)) {}

  Result<void> set(Power wanted, Deadline deadline, std::stop_token stop) override {
    auto answer = ask(wanted, deadline, std::move(stop));
    if (!answer)
      return answer.error().code == Errc::not_found ? answer.error() : answer.error().within(name());
    if (trim(*answer).empty()) return {};
    return Error{Errc::io, name() + ": the person at the terminal says '" + printable(trim(*answer)) +
                               "' instead of just Enter"};
  }

  Result<std::optional<Power>> state(Deadline, std::stop_token) override { return std::optional<Power>{}; }

 private:
  std::string name() const { return "manual " + printable(path_); }

  Result<std::string> ask(Power wanted, Deadline deadline, std::stop_token stop) const {
    auto terminal = open_terminal(path_);
    if (!terminal) return terminal.error();
    ::tcflush(terminal->get(), TCIFLUSH);  // a key that was hit before the question is no answer
    const std::string question = "\r\n[rigbisect: " + printable(board_) + ": switch its power " +
                                 (wanted == Power::on ? "ON" : "OFF") +
                                 " and press Enter; if you cannot, type why]\r\n";
    if (::write(terminal->get(), question.data(), question.size()) < 0) return errno_error("cannot ask");
    const std::array<int, 1> fds{terminal->get()};
    std::string line;
    while (line.size() < kLongestAnswer) {
      const auto ready = wait_ready(fds, false, deadline, stop);
      if (!ready && ready.error().code == Errc::timeout) {
        return Error{Errc::timeout, "nobody answered: is somebody there, and 'timings: power' long enough?"};
      }
      if (!ready) return ready.error();
      std::array<char, kLongestAnswer> keys{};
      const ssize_t count = ::read(terminal->get(), keys.data(), keys.size());
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (count <= 0) return Error{Errc::disconnected, "the terminal was closed"};
      line.append(keys.data(), static_cast<std::size_t>(count));
      if (line.find_first_of("\r\n") != std::string::npos) break;
    }
    return line;
  }

  std::string path_;
  std::string board_;
};

Result<std::unique_ptr<PowerSwitch>> make_manual(const DriverOptions& options, const DriverContext& context) {
  if (auto terminal = open_terminal(options.text("terminal")); !terminal) return terminal.error();
  return std::unique_ptr<PowerSwitch>(
      std::make_unique<PersonAtTerminal>(options.text("terminal"), context.board));
}

constexpr const char* kManualNotes =
    R"(Asks the person at the terminal to switch, and believes them when they press Enter. For a first try of a board without a
relay, or a campaign of few runs with somebody beside it. What else is typed is the reason why it could not be done, and
a bench fault. Nothing is read back. Without a terminal it refuses.

Give the person time: with `timings: {power: 10m}` in the board file a question waits ten minutes. A board that nobody
switches off is set aside with that reason.

  power:
    driver: manual

Source: own definition.)";

}  // namespace

DriverRow<PowerSwitch> manual_driver() {
  return {
      .name = "manual",
      .summary = "asks the person at the terminal to switch",
      .notes = kManualNotes,
      .options = {{.name = "terminal",
                   .type = OptionType::path,
                   .default_value = "/dev/tty",
                   .help = "where the person sits; /dev/tty is the terminal that rigbisect runs in"}},
      .make = make_manual,
  };
}

}  // namespace rigbisect
