#include "symbols/frame_text.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "crash/pattern.h"

namespace rigbisect {
namespace {

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '$';
}

// The number at `at` ("0x" and hexadecimal digits), moving `at` behind it.
std::optional<std::uint64_t> take_hex(std::string_view line, std::size_t& at) {
  if (!line.substr(at).starts_with("0x")) return std::nullopt;
  const char* const begin = line.data() + at + 2;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(begin, line.data() + line.size(), value, 16);
  if (error != std::errc{}) return std::nullopt;
  at = static_cast<std::size_t>(end - line.data());
  return value;
}

// "[ring]" or "[ring 0123abcd]" behind the frame.
void take_module(std::string_view line, FrameText& frame) {
  const auto open = line.find_first_not_of(" \t", frame.end);
  if (open == line.npos || open == frame.end || line[open] != '[') return;
  const auto close = line.find(']', open);
  if (close == line.npos) return;
  const auto inside = line.substr(open + 1, close - open - 1);
  const auto name = inside.substr(0, inside.find(' '));
  const bool is_module = !name.empty() && name != "inline" &&
                         std::all_of(name.begin(), name.end(), [](char c) { return is_name(c) || c == '-'; });
  if (!is_module) return;
  frame.module = name;
  frame.next = close + 1;
}

// How the architectures call their program counter; warnings name the place of the trap.
bool is_exact(std::string_view before) {
  static constexpr std::array<std::string_view, 7> marks = {"IP:",  "NIP ",     "pc : ",   "PC is at ",
                                                            "epc ", "Krnl PSW", "WARNING:"};
  return std::any_of(marks.begin(), marks.end(), [&](auto mark) { return before.find(mark) != before.npos; });
}

std::optional<FrameText> frame_at(std::string_view line, std::size_t plus) {
  FrameText frame;
  frame.begin = plus;
  while (frame.begin > 0 && is_name(line[frame.begin - 1])) --frame.begin;
  std::size_t at = plus + 1;
  const auto offset = take_hex(line, at);
  if (frame.begin == plus || !offset || at >= line.size() || line[at] != '/') return std::nullopt;
  const auto size = take_hex(line, ++at);
  if (!size || (at < line.size() && is_name(line[at]))) return std::nullopt;
  frame.function = line.substr(frame.begin, plus - frame.begin);
  frame.offset = *offset;
  frame.size = *size;
  frame.end = frame.next = at;
  frame.exact = is_exact(line.substr(0, frame.begin));
  take_module(line, frame);
  return frame;
}

}  // namespace

std::optional<FrameText> find_frame(std::string_view line) {
  for (auto plus = line.find("+0x"); plus != line.npos; plus = line.find("+0x", plus + 1))
    if (auto frame = frame_at(line, plus)) return frame;
  return std::nullopt;
}

bool has_position(std::string_view line) {
  if (const auto frame = find_frame(line))
    line.remove_prefix(frame->end);
  else if (!line.ends_with("[inline]"))
    return false;
  return matches("[src]", line);
}

}  // namespace rigbisect
