#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"

// The pieces with which init stays polite to a UART of 115,200 baud (11 kB/s) whatever the reproducer does,
// and sure to be heard on a noisy one. Pure: the time is an argument. Not thread-safe.
namespace rigbisect {

// Lets `burst` things through at once and `per_second` in the long run.
class TokenBucket {
 public:
  TokenBucket(unsigned burst, unsigned per_second)
      : burst_(burst), tokens_(burst), interval_(Duration(std::chrono::seconds(1)) / per_second) {}

  // Whether one more may go now; counts it if so.
  bool take(TimePoint now);

 private:
  unsigned burst_;
  unsigned tokens_;
  Duration interval_;
  TimePoint filled_{};
};

// When a line that must not get lost is said again: every second at first, every ten seconds later, for ever.
class Repetition {
 public:
  // `line` was sent at `now` for the first time.
  Repetition(std::string line, TimePoint now);

  const std::string& line() const { return line_; }
  TimePoint due() const { return due_; }
  // It was sent again; due() moves on.
  void sent(TimePoint now);

 private:
  std::string line_;
  TimePoint due_;
  int count_ = 1;
};

// Cuts a stream of bytes into lines and passes on as many as the UART can take: 40 at once, 10 a second, 2000
// in all, each cut at 400 bytes. Empty lines are skipped. What was left out is said in a line of its own.
class OutputLines {
 public:
  using Emit = std::function<void(std::string_view line)>;
  explicit OutputLines(Emit emit) : emit_(std::move(emit)) {}

  // Calls emit for each line that became whole and may pass.
  void feed(std::string_view bytes, TimePoint now);
  // The program that wrote has ended: its last line is whole.
  void end_program(TimePoint now) { end_line(now); }
  // The stream ended: passes on the rest and how many lines were left out since the last one.
  void finish(TimePoint now);

 private:
  void end_line(TimePoint now);
  void report_dropped();

  Emit emit_;
  TokenBucket bucket_{40, 10};
  std::string line_;
  std::uint64_t dropped_ = 0;
  unsigned left_ = 2000;
};

}  // namespace rigbisect
