#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "device/console_feed.h"
#include "device/serial_console.h"

namespace rigbisect {

// Drains one console on a thread of its own, from construction to destruction, whether or not anybody
// listens, so that no byte is lost in the adapter. Keeps the raw bytes and their times on disk while
// recording: FILE holds the bytes, FILE.timing one line per piece, "<seconds since the piece before>
// <bytes>", as scriptreplay(1) reads it. Gaps, and what the UART counted meanwhile (LineErrors), are told in
// FILE by lines that begin with "[rigbisect: ".
class ConsoleTap : public ConsoleFeed {
 public:
  // Both references outlive the tap.
  ConsoleTap(SerialConsole& console, Clock& clock);
  ~ConsoleTap() override;

  // Begins a new recording, ending the one before. Errors: the file cannot be made.
  Result<void> record(const std::filesystem::path& file);
  // What the UART counted since record(); nullopt if it does not count.
  std::optional<LineErrors> line_errors();

  // Ends the recording. The error is the first one met while writing (disk full): the recording is
  // incomplete.
  Result<void> stop_recording();

  Result<ConsoleChunk> next(Deadline deadline, std::stop_token stop) override;
  void discard() override;
  Result<void> write(std::span<const char> bytes, Deadline deadline, std::stop_token stop) override {
    return console_.write(bytes, deadline, std::move(stop));
  }
  ModemLines* modem_lines() override { return console_.modem_lines(); }

 private:
  void drain(const std::stop_token& stop);
  void keep(std::string bytes);
  void note_gap(const Error& error);
  void note_silence();
  // The next four: REQUIRES mutex_.
  void end_gap(TimePoint now);
  void write_note(const std::string& note);
  void write(std::string_view bytes, TimePoint now);
  std::optional<LineErrors> counted_since_record();

  SerialConsole& console_;
  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ConsoleChunk> chunks_;
  std::size_t buffered_ = 0;
  std::optional<Error> gap_;             // not yet told to the reader
  std::optional<TimePoint> away_since_;  // the console's line is lost
  LineErrors counted_before_;            // when the recording began
  std::ofstream bytes_file_;
  std::ofstream timing_file_;
  std::uintmax_t recorded_ = 0;
  TimePoint last_piece_;
  std::optional<Error> recording_error_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace rigbisect
