#include "target/pacing.h"

#include <algorithm>

namespace rigbisect {
namespace {

constexpr std::size_t kLongestLine = 400;
constexpr int kQuickRepeats = 5;

}  // namespace

bool TokenBucket::take(TimePoint now) {
  if (tokens_ == burst_) {
    filled_ = now;
  } else {
    const auto earned = std::min<std::int64_t>((now - filled_) / interval_, burst_ - tokens_);
    tokens_ += static_cast<unsigned>(earned);
    filled_ = tokens_ == burst_ ? now : filled_ + earned * interval_;
  }
  if (tokens_ == 0) return false;
  --tokens_;
  return true;
}

Repetition::Repetition(std::string line, TimePoint now)
    : line_(std::move(line)), due_(now + std::chrono::seconds(1)) {}

void Repetition::sent(TimePoint now) {
  due_ = now + std::chrono::seconds(++count_ <= kQuickRepeats ? 1 : 10);
}

void OutputLines::feed(std::string_view bytes, TimePoint now) {
  for (const char c : bytes) {
    if (c == '\n') {
      end_line(now);
    } else if (line_.size() < kLongestLine) {
      line_ += c;
    }
  }
}

void OutputLines::finish(TimePoint now) {
  end_line(now);
  report_dropped();
}

void OutputLines::end_line(TimePoint now) {
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  if (line_.empty()) return;
  if (left_ > 0 && bucket_.take(now)) {
    --left_;
    report_dropped();
    emit_(line_);
  } else {
    ++dropped_;
  }
  line_.clear();
}

void OutputLines::report_dropped() {
  if (dropped_ > 0) emit_("[" + std::to_string(dropped_) + " lines left out]");
  dropped_ = 0;
}

}  // namespace rigbisect
