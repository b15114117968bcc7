#include "drivers/boot/prompt_dialogue.h"

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "base/text.h"

namespace rigbisect {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostText = 64 << 10;
// A 16550 keeps 16 bytes for a prompt that is busy drawing.
constexpr std::size_t kPiece = 8;
constexpr int kTries = 3;
constexpr Duration kEcho = 3s;         // for some of it, the console's own delays included
constexpr Duration kKeyPause = 400ms;  // an escape and a key at once would be another key
constexpr Duration kReaction = 3s;     // to draw a prompt
constexpr Duration kKnocking = 30s;
constexpr Duration kQuiet = 1s;
constexpr Duration kWrite = 5s;
constexpr std::string_view kEnter = "\r";
constexpr std::string_view kTakeBack = "\x15";  // Ctrl-U, of GRUB and iPXE alike

std::string without_line_feeds(std::string text) {
  std::erase(text, '\n');
  return text;
}

}  // namespace

void PlainText::feed(std::string_view bytes) {
  for (const char c : bytes) {
    switch (state_) {
      case State::text:
        if (c == '\x1b') {
          state_ = State::escape;
        } else if (c == '\n' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f')) {
          text_ += c;
        }
        break;
      case State::escape:
        state_ = c == '[' ? State::sequence : c == '(' || c == ')' ? State::character_set : State::text;
        break;
      case State::sequence:
        if (c >= '@' && c <= '~') state_ = State::text;
        break;
      case State::character_set:
        state_ = State::text;
        break;
    }
  }
  if (text_.size() > kMostText) text_.erase(0, text_.size() - kMostText);
}

PromptDialogue::PromptDialogue(ConsoleFeed& console, Clock& clock, Deadline deadline, std::stop_token stop)
    : console_(console), clock_(clock), deadline_(deadline), stop_(std::move(stop)) {}

Result<void> PromptDialogue::wait_for(const std::string& text) {
  while (said_.text().find(text) == std::string::npos) {
    const auto heard = hear(deadline_);
    if (!heard) return heard.error();
    if (clock_.now() >= deadline_) return missed("'" + text + "'");
  }
  return {};
}

Result<void> PromptDialogue::press_until(const std::vector<std::string>& keys, const std::string& prompt) {
  const Deadline end = std::min(deadline_, clock_.now() + kKnocking);
  while (clock_.now() < end) {
    for (const std::string& key : keys) {
      said_.clear();
      if (auto sent = send(key); !sent) return sent;
      const bool last = &key == &keys.back();
      const Deadline until = std::min(end, clock_.now() + (last ? kReaction : kKeyPause));
      while (clock_.now() < until) {
        if (const auto heard = hear(until); !heard) return heard.error();
        if (last && said_.text().ends_with(prompt)) return {};
      }
    }
  }
  return missed("the prompt '" + prompt + "' for " + format_duration(kKnocking));
}

Result<void> PromptDialogue::enter(const std::string& line) {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    said_.clear();
    const auto typed = type(line);
    if (!typed) return typed.error();
    if (*typed) {
      said_.clear();
      return send(kEnter);
    }
    const Error error = missed("the echo of '" + line + "'");
    if (attempt + 1 == kTries || clock_.now() >= deadline_) return error;
    if (auto taken = take_back(); !taken) return taken;
  }
  return {};
}

Result<bool> PromptDialogue::type(std::string_view line) {
  for (std::size_t typed = 0; typed < line.size();) {
    const std::string_view piece = line.substr(typed, kPiece);
    if (auto sent = send(piece); !sent) return sent.error();
    typed += piece.size();
    const std::string_view wanted = line.substr(0, typed);
    std::string echo;
    while ((echo = without_line_feeds(said_.text())) != wanted) {
      if (!wanted.starts_with(echo) || clock_.now() >= deadline_) return false;
      const auto heard = hear(std::min(deadline_, clock_.now() + kEcho));
      if (!heard) return heard.error();
      if (!*heard) return false;
    }
  }
  return true;
}

// What was typed is taken back, and what is said about it goes by.
Result<void> PromptDialogue::take_back() {
  if (auto sent = send(kTakeBack); !sent) return sent;
  for (;;) {
    const auto heard = hear(std::min(deadline_, clock_.now() + kQuiet));
    if (!heard) return heard.error();
    if (!*heard || clock_.now() >= deadline_) return {};
  }
}

Result<std::string> PromptDialogue::answer(const std::string& prompt) {
  if (auto begun = see_new_line(); !begun) return begun.error();
  while (!said_.text().ends_with("\n" + prompt)) {
    const auto heard = hear(deadline_);
    if (!heard) return heard.error();
    if (clock_.now() >= deadline_) return missed("the prompt '" + prompt + "' after a command");
  }
  return said_.text().substr(0, said_.text().size() - prompt.size());
}

// An Enter may get lost, too. One too many is an empty line, at which a prompt only says itself again.
Result<void> PromptDialogue::see_new_line() {
  for (int attempt = 0; attempt < kTries && clock_.now() < deadline_; ++attempt) {
    const Deadline until = std::min(deadline_, clock_.now() + kEcho);
    while (clock_.now() < until) {
      if (said_.text().find('\n') != std::string::npos) return {};
      if (const auto heard = hear(until); !heard) return heard.error();
    }
    if (auto sent = send(kEnter); !sent) return sent;
  }
  return missed("a new line after Enter");
}

Result<bool> PromptDialogue::hear(Deadline until) {
  const auto chunk = console_.next(until, stop_);
  if (chunk) {
    said_.feed(chunk->bytes);
    return true;
  }
  if (chunk.error().code == Errc::cancelled) return chunk.error();
  return chunk.error().code != Errc::timeout;
}

Result<void> PromptDialogue::send(std::string_view bytes) {
  return console_.write(bytes, std::min(deadline_, clock_.now() + kWrite), stop_);
}

Error PromptDialogue::missed(const std::string& expected) const {
  constexpr std::size_t kMostQuoted = 200;
  const std::string_view all = trim(said_.text());
  const std::string_view end = all.substr(all.size() - std::min(all.size(), kMostQuoted));
  return Error{all.empty() ? Errc::timeout : Errc::protocol,
               "expected " + printable(expected) + ", and the console said " +
                   (end.empty() ? "nothing" : "'" + printable(end) + "'")};
}

}  // namespace rigbisect
