#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "device/console_feed.h"

namespace rigbisect {

// What a terminal would show of a stream of bytes, as far as words go: escape sequences and control
// characters but line feed are left out, also where a piece ends within one. Keeps the last 64 KiB.
class PlainText {
 public:
  void feed(std::string_view bytes);
  void clear() { text_.clear(); }
  const std::string& text() const { return text_; }

 private:
  enum class State { text, escape, sequence, character_set };

  State state_ = State::text;
  std::string text_;
};

// A conversation with the prompt of a boot loader over its console, until one deadline. A line is typed in
// pieces, each after the echo of the one before, so never faster than the prompt takes it, and gets its Enter
// only when the whole echo was right; one that was not is taken back and typed again, three times. Gaps of
// the console are no errors by themselves: what they swallowed is missed. Errors of all functions: timeout
// and protocol (what was expected and what the console said), cancelled, and as ConsoleFeed::write().
class PromptDialogue {
 public:
  // All references outlive the dialogue, which is the console's only reader meanwhile.
  PromptDialogue(ConsoleFeed& console, Clock& clock, Deadline deadline, std::stop_token stop);

  // Blocks until the console says `text`.
  Result<void> wait_for(const std::string& text);

  // Presses `keys` one after another, again and again, until what the console says ends with `prompt`: half a
  // minute at most.
  Result<void> press_until(const std::vector<std::string>& keys, const std::string& prompt);

  // At a prompt: types the line and presses Enter.
  Result<void> enter(const std::string& line);

  // What the console says from the Enter to the next prompt.
  Result<std::string> answer(const std::string& prompt);

 private:
  // Until something comes or `until`. False if nothing came.
  Result<bool> hear(Deadline until);
  Result<void> send(std::string_view bytes);
  // False if the echo was not that of `line`.
  Result<bool> type(std::string_view line);
  Result<void> take_back();
  Result<void> see_new_line();
  Error missed(const std::string& expected) const;

  ConsoleFeed& console_;
  Clock& clock_;
  Deadline deadline_;
  std::stop_token stop_;
  PlainText said_;
};

}  // namespace rigbisect
