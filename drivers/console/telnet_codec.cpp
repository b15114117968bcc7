#include "drivers/console/telnet_codec.h"

#include <utility>

namespace rigbisect {
namespace {

constexpr std::uint8_t kIac = 255, kDont = 254, kDo = 253, kWont = 252, kWill = 251, kBegin = 250,
                       kBreak = 243, kEnd = 240;
constexpr std::size_t kLongestContent = 512;  // longer ones are cut: none of those we know is

std::string bytes(std::initializer_list<std::uint8_t> list) {
  return {list.begin(), list.end()};
}

std::uint8_t number(TelnetOption option) {
  return static_cast<std::uint8_t>(option);
}

void append_escaped(std::string& out, std::string_view data) {
  for (const char c : data) {
    out += c;
    if (static_cast<std::uint8_t>(c) == kIac) out += c;
  }
}

}  // namespace

TelnetCodec::TelnetCodec(const std::vector<TelnetOption>& ours) {
  for (Sides* side : {&ours_, &theirs_}) {
    (*side)[TelnetOption::binary] = State::wanted;
    (*side)[TelnetOption::suppress_go_ahead] = State::wanted;
  }
  theirs_[TelnetOption::echo] = State::no;
  for (const TelnetOption option : ours) {
    ours_[option] = State::wanted;
    theirs_[option] = State::no;
  }
}

std::string TelnetCodec::greeting() const {
  std::string out;
  for (const auto& [option, state] : ours_) out += bytes({kIac, kWill, number(option)});
  for (const auto& [option, state] : theirs_) {
    if (state == State::wanted) out += bytes({kIac, kDo, number(option)});
  }
  return out;
}

TelnetCodec::State TelnetCodec::state(const Sides& side, TelnetOption option) {
  const auto found = side.find(option);
  return found == side.end() ? State::no : found->second;
}

TelnetCodec::Decoded TelnetCodec::feed(std::string_view input) {
  Decoded out;
  out.data.reserve(input.size());
  for (const char c : input) take(static_cast<std::uint8_t>(c), out);
  return out;
}

void TelnetCodec::take(std::uint8_t byte, Decoded& out) {
  switch (mode_) {
    case Mode::data:
    case Mode::carriage_return:
      return take_data(byte, out);
    case Mode::command:
      return take_command(byte, out);
    case Mode::option:
      mode_ = Mode::data;
      return negotiate(verb_, byte, out.reply);
    case Mode::content:
    case Mode::content_command:
      return take_content(byte, out);
  }
}

void TelnetCodec::take_data(std::uint8_t byte, Decoded& out) {
  const bool after_return = std::exchange(mode_, Mode::data) == Mode::carriage_return;
  if (byte == kIac) {
    mode_ = Mode::command;
  } else if (after_return && byte == 0) {
    return;  // outside of binary mode a bare CR comes as CR NUL
  } else {
    out.data += static_cast<char>(byte);
    const bool text = state(theirs_, TelnetOption::binary) != State::yes;
    if (byte == '\r' && text) mode_ = Mode::carriage_return;
  }
}

void TelnetCodec::take_command(std::uint8_t byte, Decoded& out) {
  mode_ = Mode::data;
  if (byte == kIac) {
    out.data += static_cast<char>(byte);
  } else if (byte >= kWill && byte <= kDont) {
    verb_ = byte;
    mode_ = Mode::option;
  } else if (byte == kBegin) {
    content_.clear();
    mode_ = Mode::content;
  }
}

void TelnetCodec::take_content(std::uint8_t byte, Decoded& out) {
  if (mode_ == Mode::content && byte == kIac) {
    mode_ = Mode::content_command;
    return;
  }
  const bool command = std::exchange(mode_, Mode::content) == Mode::content_command;
  if (command && byte != kIac) {
    mode_ = Mode::data;
    if (byte == kEnd && !content_.empty()) out.messages.push_back(std::exchange(content_, {}));
    if (byte != kEnd) take_command(byte, out);  // the end is missing: this is the next command
    return;
  }
  if (content_.size() < kLongestContent) content_ += static_cast<char>(byte);
}

// Answers only what changes something, so that two peers never talk in circles (RFC 1143).
void TelnetCodec::negotiate(std::uint8_t verb, std::uint8_t option, std::string& reply) {
  const bool about_us = verb == kDo || verb == kDont;
  const bool yes = verb == kDo || verb == kWill;
  Sides& side = about_us ? ours_ : theirs_;
  const std::uint8_t accept = about_us ? kWill : kDo;
  const std::uint8_t refuse = about_us ? kWont : kDont;
  const auto found = side.find(static_cast<TelnetOption>(option));
  if (found == side.end()) {
    if (yes) reply += bytes({kIac, refuse, option});
    return;
  }
  const State before = std::exchange(found->second, yes ? State::yes : State::no);
  if (yes && before == State::no) reply += bytes({kIac, accept, option});
  if (!yes && before == State::yes) reply += bytes({kIac, refuse, option});
}

std::string TelnetCodec::encode(std::string_view data) const {
  std::string out;
  append_escaped(out, data);
  if (state(ours_, TelnetOption::binary) == State::yes) return out;
  std::string text;
  for (std::size_t i = 0; i < out.size(); ++i) {
    text += out[i];
    const bool line_end = i + 1 < out.size() && out[i + 1] == '\n';
    if (out[i] == '\r' && !line_end) text += '\0';
  }
  return text;
}

std::string telnet_break() {
  return bytes({kIac, kBreak});
}

std::string telnet_message(TelnetOption option, std::string_view content) {
  std::string out = bytes({kIac, kBegin, number(option)});
  append_escaped(out, content);
  return out + bytes({kIac, kEnd});
}

}  // namespace rigbisect
