#include "run/console_tap.h"

#include <array>
#include <cstdio>
#include <utility>

#include "base/text.h"

namespace rigbisect {
namespace {

constexpr auto kReadSlice = std::chrono::seconds(1);
constexpr auto kReopenPause = std::chrono::milliseconds(200);
// At 115,200 baud ten minutes nobody reads; and an hour and a half of recording. A line that says more is
// broken.
constexpr std::size_t kMaxBuffered = 8u << 20;
constexpr std::uintmax_t kMaxRecorded = 64u << 20;
constexpr const char* kRecordingFull = "this log is full; what came later is not in it";

}  // namespace

ConsoleTap::ConsoleTap(SerialConsole& console, Clock& clock)
    : console_(console),
      clock_(clock),
      last_piece_(clock.now()),
      thread_([this](std::stop_token stop) { drain(stop); }) {}

ConsoleTap::~ConsoleTap() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

Result<void> ConsoleTap::record(const std::filesystem::path& file) {
  const std::lock_guard lock(mutex_);
  bytes_file_ = std::ofstream(file, std::ios::binary | std::ios::trunc);
  timing_file_ = std::ofstream(file.string() + ".timing", std::ios::trunc);
  recorded_ = 0;
  last_piece_ = clock_.now();
  recording_error_.reset();
  counted_before_ = {};
  counted_before_ = counted_since_record().value_or(LineErrors{});
  if (!bytes_file_ || !timing_file_) return Error{Errc::io, "cannot write the console log " + file.string()};
  return {};
}

Result<void> ConsoleTap::stop_recording() {
  const std::lock_guard lock(mutex_);
  if (const auto counted = counted_since_record(); counted && counted->any()) {
    write_note("the UART reports " + describe(*counted) + ": bytes of this log are missing or wrong");
  }
  bytes_file_.close();
  timing_file_.close();
  if (recording_error_) return *recording_error_;
  return {};
}

std::optional<LineErrors> ConsoleTap::line_errors() {
  const std::lock_guard lock(mutex_);
  return counted_since_record();
}

std::optional<LineErrors> ConsoleTap::counted_since_record() {
  LineCounters* counters = console_.counters();
  const auto now = counters == nullptr ? std::nullopt : counters->line_errors();
  return now ? std::optional(*now - counted_before_) : std::nullopt;
}

Result<ConsoleChunk> ConsoleTap::next(Deadline deadline, std::stop_token stop) {
  const std::stop_callback wake(stop, [this] {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  const bool something =
      changed_.wait_until(lock, deadline, [&] { return stop.stop_requested() || !chunks_.empty() || gap_; });
  if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
  if (something && gap_) return *std::exchange(gap_, std::nullopt);
  if (!chunks_.empty()) {
    ConsoleChunk chunk = std::move(chunks_.front());
    chunks_.pop_front();
    buffered_ -= chunk.bytes.size();
    return chunk;
  }
  return Error{Errc::timeout, "nothing on the console"};
}

void ConsoleTap::discard() {
  const std::lock_guard lock(mutex_);
  chunks_.clear();
  buffered_ = 0;
  if (!away_since_) gap_.reset();
}

void ConsoleTap::drain(const std::stop_token& stop) {
  std::array<char, 4096> buffer{};
  while (!stop.stop_requested()) {
    const auto read = console_.read(buffer, clock_.now() + kReadSlice, stop);
    if (read) {
      keep(std::string(buffer.data(), *read));
      // An adapter delivers a few bytes every few milliseconds. They are let gather in the buffers below:
      // waking up for each piece of 64 consoles would cost half a core.
      if (*read < buffer.size()) clock_.sleep_until(clock_.now() + console_.buffered(), stop);
    } else if (read.error().code == Errc::cancelled) {
      return;
    } else if (read.error().code == Errc::timeout) {
      note_silence();
    } else {
      note_gap(read.error());
      clock_.sleep_until(clock_.now() + kReopenPause, stop);
    }
  }
}

void ConsoleTap::keep(std::string bytes) {
  std::unique_lock lock(mutex_);
  const TimePoint now = clock_.now();
  end_gap(now);
  if (recorded_ < kMaxRecorded) {
    write(bytes, now);
    recorded_ += bytes.size();
    if (recorded_ >= kMaxRecorded) write_note(kRecordingFull);
  }
  buffered_ += bytes.size();
  chunks_.push_back({std::move(bytes), now});
  while (buffered_ > kMaxBuffered) {
    buffered_ -= chunks_.front().bytes.size();
    chunks_.pop_front();
    gap_ = Error{Errc::disconnected, "bytes of the console were lost: nobody read them for too long"};
  }
  lock.unlock();  // or who is woken waits for it at once
  changed_.notify_all();
}

void ConsoleTap::note_gap(const Error& error) {
  const std::lock_guard lock(mutex_);
  gap_ = error;
  if (!away_since_) {
    away_since_ = clock_.now();
    write_note("gap: " + error.what);
  }
  changed_.notify_all();
}

// A line that is silent is there.
void ConsoleTap::note_silence() {
  const std::lock_guard lock(mutex_);
  end_gap(clock_.now());
}

void ConsoleTap::end_gap(TimePoint now) {
  if (!away_since_) return;
  std::array<char, 64> length{};
  std::snprintf(length.data(), length.size(), "%.1f s",
                std::chrono::duration<double>(now - *away_since_).count());
  write_note(std::string("end of the gap after ") + length.data());
  away_since_.reset();
}

void ConsoleTap::write_note(const std::string& note) {
  write("\n[rigbisect: " + printable(note) + "]\n", clock_.now());
}

void ConsoleTap::write(std::string_view bytes, TimePoint now) {
  if (!bytes_file_.is_open()) return;
  std::array<char, 64> line{};
  const int length = std::snprintf(line.data(), line.size(), "%.6f %zu\n",
                                   std::chrono::duration<double>(now - last_piece_).count(), bytes.size());
  bytes_file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush();
  timing_file_.write(line.data(), length).flush();
  if (!bytes_file_ || !timing_file_) {
    recording_error_ = Error{Errc::io, "cannot write the console log: is the disk full?"};
  }
  last_piece_ = now;
}

}  // namespace rigbisect
