#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "device/serial_console.h"

// What consoles have in common: the thing behind them (a serial adapter, a TCP connection) may go away and
// come back.
namespace rigbisect {

// An open way to a UART. When it is lost it reports Errc::disconnected and is of no further use.
class ConsoleLine {
 public:
  virtual ~ConsoleLine() = default;
  virtual Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) = 0;
  virtual Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) = 0;
  virtual std::string describe() const = 0;

  // As SerialConsole::buffered().
  virtual Duration buffered() const { return SerialConsole::kBuffered; }
  // Since it was opened; nullopt if nobody counts here. May be called by another thread than the reader's.
  virtual std::optional<LineErrors> line_errors() { return std::nullopt; }
  // As ModemLines::driven(). By any thread.
  virtual std::optional<bool> lines_driven() { return std::nullopt; }
  // As BreakSender::send_break(). Not while a write runs.
  virtual Result<void> send_break(Deadline deadline, std::stop_token stop);
};

// For a line that has to hold its break: begins it, waits and ends it whatever happens in between.
Result<void> hold_break(Clock& clock, const std::function<Result<void>(bool)>& set, std::stop_token stop);

using OpenLine = std::function<Result<std::shared_ptr<ConsoleLine>>(Deadline, std::stop_token)>;

// A console that opens its line again after a loss, a few times a second, for as long as a read or write
// waits. Opening has its own time and thread, so a slow device does not need a patient reader. A loss is
// reported to the reader once, as Errc::disconnected; again only if the line is still away at a deadline.
// Counts line errors over all its lines.
class ReopeningConsole : public SerialConsole, public LineCounters, public ModemLines, public BreakSender {
 public:
  // Opens the line for the first time, so that a missing adapter shows when the board is made, not hours
  // later. `open_time` is the longest time for one attempt.
  static Result<std::unique_ptr<SerialConsole>> make(OpenLine open, Clock& clock,
                                                     Duration open_time = std::chrono::seconds(10));
  ~ReopeningConsole() override;

  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) override;
  Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) override;
  std::string describe() const override;
  Duration buffered() const override;
  LineCounters* counters() override { return this; }
  BreakSender* break_sender() override { return this; }
  ModemLines* modem_lines() override { return this; }

  std::optional<LineErrors> line_errors() override;
  std::optional<bool> driven() override;
  Result<void> send_break(Deadline deadline, std::stop_token stop) override;

 private:
  using Line = std::shared_ptr<ConsoleLine>;

  ReopeningConsole(OpenLine open, Clock& clock, Duration open_time)
      : open_(std::move(open)), clock_(clock), open_time_(open_time) {}
  Result<Line> line(Deadline deadline, std::stop_token stop);
  // The line, or the error of one attempt, begun here or by another thread.
  Result<Line> attempt(Deadline deadline, const std::stop_token& stop);
  void open(const std::stop_token& stop);
  void lose(const Line& line);
  bool take_gap();

  OpenLine open_;
  Clock& clock_;
  Duration open_time_;
  mutable std::mutex mutex_;  // guards all that follows
  std::condition_variable_any opened_;
  Line line_;  // null while lost
  std::string description_;
  std::optional<Error> failure_;  // of the last attempt
  bool gap_ = false;              // a loss the reader has not heard of
  LineErrors earlier_;            // of lines that were lost
  bool opening_ = false;
  std::jthread opener_;
};

}  // namespace rigbisect
