#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

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
};

using OpenLine = std::function<Result<std::shared_ptr<ConsoleLine>>(Deadline, std::stop_token)>;

// A console that opens its line again after a loss, a few times a second, for as long as a read or write
// waits. A loss is reported to the reader once, as Errc::disconnected; again only if the line is still away
// at a deadline.
class ReopeningConsole : public SerialConsole {
 public:
  // Opens the line for the first time, so that a missing adapter shows when the board is made, not hours
  // later.
  static Result<std::unique_ptr<SerialConsole>> make(OpenLine open, Clock& clock);

  Result<std::size_t> read(std::span<char> into, Deadline deadline, std::stop_token stop) override;
  Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) override;
  std::string describe() const override;

 private:
  ReopeningConsole(OpenLine open, Clock& clock) : open_(std::move(open)), clock_(clock) {}
  Result<std::shared_ptr<ConsoleLine>> line(Deadline deadline, std::stop_token stop);
  Result<std::shared_ptr<ConsoleLine>> try_open(Deadline deadline, std::stop_token stop);
  void lose(const std::shared_ptr<ConsoleLine>& line);
  bool take_gap();

  OpenLine open_;
  Clock& clock_;
  std::mutex opening_;  // one attempt at a time; taken before mutex_
  mutable std::mutex mutex_;
  std::shared_ptr<ConsoleLine> line_;  // guarded by mutex_; null while lost
  std::string description_;            // guarded by mutex_
  bool gap_ = false;                   // guarded by mutex_; a loss the reader has not heard of
};

}  // namespace rigbisect
