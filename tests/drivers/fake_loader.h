#pragma once

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "device/console_feed.h"
#include "tests/fakes/fake_clock.h"

namespace rigbisect {

// A boot loader in fake time, at the other end of a console: says its banner some time after power-on, has a
// menu (for GRUB) and a prompt that echoes what is typed and obeys lines. Its faults are those of serial
// lines.
class FakeLoader : public ConsoleFeed {
 public:
  FakeClock clock;
  std::string banner = "\x1b[2;24HGNU GRUB  version 2.06\n\r\n\r\x1b[7m*debian\x1b[m";
  std::string enters = "c";  // the key that leads from the menu to the prompt
  std::string leaves = "\x1b";
  std::string prompt = "grub> ";
  Duration banner_after = std::chrono::seconds(5);
  Duration prompt_after = std::chrono::milliseconds(50);
  bool has_prompt = true;
  std::set<std::size_t> lost;     // counted over all characters typed at the prompt
  std::set<std::size_t> gaps;     // the same, and the console reports it
  std::string noise;              // comes with each echo
  std::size_t most_at_once = 16;  // its UART has no room for more
  std::function<std::string(const std::string&)> answer = [](const std::string&) {
    return "rigbisect-ok\n\r";
  };

  std::vector<std::string> lines;  // what it was told

  // Power-on.
  void start() { say(banner_after, banner); }

  Result<ConsoleChunk> next(Deadline deadline, std::stop_token stop) override {
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
    if (gap_) {
      gap_ = false;
      return Error{Errc::disconnected, "the adapter was away"};
    }
    if (!said_.empty() && said_.front().at <= deadline) {
      ConsoleChunk chunk = std::move(said_.front());
      said_.pop_front();
      clock.sleep_until(chunk.at, stop);
      return chunk;
    }
    clock.sleep_until(deadline, stop);
    return Error{Errc::timeout, "nothing on the console"};
  }
  void discard() override { said_.clear(); }

  Result<void> write(std::span<const char> bytes, Deadline, std::stop_token) override {
    std::size_t room = most_at_once;
    for (const char c : bytes) {
      if (room > 0) press(c);
      if (room > 0) --room;
    }
    return {};
  }

 private:
  void say(Duration after, const std::string& bytes) {
    if (!bytes.empty()) said_.push_back({bytes, clock.now() + after});
  }

  void press(char key) {
    if (!at_prompt_) {
      if (!enters.ends_with(key) || !has_prompt) return;
      at_prompt_ = true;
      line_.clear();
      say(prompt_after, "\x1b[H\x1b[J   Minimal BASH-like line editing is supported.\n\r\n\r" + prompt);
      return;
    }
    if (leaves.ends_with(key)) {
      at_prompt_ = false;
      return;
    }
    type(key);
  }

  void type(char key) {
    const std::size_t count = typed_++;
    if (lost.contains(count)) return;
    if (gaps.contains(count)) gap_ = true;
    if (key == '\r') {
      lines.push_back(line_);
      say(std::chrono::milliseconds(100), "\n\r" + answer(line_) + prompt);
      line_.clear();
    } else if (key == '\x15') {
      line_.clear();
      say(std::chrono::milliseconds(10), "\x1b[9;7H   \x1b[9;7H");
    } else {
      line_ += key;
      if (!gaps.contains(count))
        say(std::chrono::milliseconds(1), "\x1b[9;7H" + std::string(1, key) + noise + "\x1b[9;8H");
    }
  }

  std::deque<ConsoleChunk> said_;
  bool at_prompt_ = false;
  bool gap_ = false;
  std::size_t typed_ = 0;
  std::string line_;
};

}  // namespace rigbisect
