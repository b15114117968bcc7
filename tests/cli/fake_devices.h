#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/duration.h"
#include "device/driver.h"
#include "tests/config/fake_drivers.h"

namespace rigbisect {

// A power switch that records what it is told.
struct SwitchState {
  std::optional<Power> power = Power::off;  // what state() says; nullopt: cannot be asked
  bool stuck = false;
  bool broken = false;
  bool has_timer = false;
  int back_after = 0;  // questions, until its timer switches on
  std::vector<std::string> log;
};

class RecordingSwitch : public PowerSwitch, public PowerCycler {
 public:
  explicit RecordingSwitch(SwitchState& state) : state_(state) {}

  Result<void> set(Power wanted, Deadline, std::stop_token) override {
    state_.log.emplace_back(to_string(wanted));
    if (state_.broken) return Error{Errc::disconnected, "the relay board is gone"};
    if (state_.power && !state_.stuck) state_.power = wanted;
    return {};
  }
  Result<std::optional<Power>> state(Deadline, std::stop_token) override {
    if (state_.broken) return Error{Errc::disconnected, "the relay board is gone"};
    if (state_.back_after > 0 && --state_.back_after == 0) state_.power = Power::on;
    return state_.power;
  }
  PowerCycler* cycler() override { return state_.has_timer ? this : nullptr; }
  Duration longest_off() const override { return std::chrono::seconds(25); }
  Result<void> start_cycle(Duration off_time, Deadline, std::stop_token) override {
    state_.log.emplace_back("cycle " + format_duration(off_time));
    if (state_.stuck) return {};
    state_.power = Power::off;
    state_.back_after = 3;
    return {};
  }

 private:
  SwitchState& state_;
};

// A serial line whose board says what the test puts in; reading blocks until then.
class ScriptedConsole : public SerialConsole, public BreakSender {
 public:
  void says(Result<std::string> bytes) {
    const std::lock_guard lock(mutex_);
    script_.push_back(std::move(bytes));
    changed_.notify_all();
  }
  // Blocks until everything was read.
  void wait_until_read() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return script_.empty() && waiting_; });
  }
  // Blocks until so many bytes were written.
  std::string wait_for_written(std::size_t size) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return written_.size() >= size; });
    return written_;
  }
  void refuse_writes() { refuse_ = true; }

  Result<std::size_t> read(std::span<char> into, Deadline, std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.notify_all();
    if (!changed_.wait(lock, stop, [this] { return !script_.empty(); }))
      return Error{Errc::cancelled, "stopped"};
    waiting_ = false;
    const Result<std::string> next = std::move(script_.front());
    script_.pop_front();
    if (!next) return next.error();
    return next->copy(into.data(), into.size());
  }
  Result<void> write(std::span<const char> bytes, Deadline, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    if (refuse_) return Error{Errc::timeout, "the adapter takes nothing"};
    written_.append(bytes.data(), bytes.size());
    changed_.notify_all();
    return {};
  }
  std::string describe() const override { return "scripted console"; }
  BreakSender* break_sender() override { return this; }
  Result<void> send_break(Deadline deadline, std::stop_token stop) override {
    return write(std::string_view("<break>"), deadline, std::move(stop));
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Result<std::string>> script_;
  std::string written_;
  bool waiting_ = false;
  bool refuse_ = false;
};

}  // namespace rigbisect
