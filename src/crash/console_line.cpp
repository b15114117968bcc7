#include "crash/console_line.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "crash/char_class.h"
#include "crash/find_text.h"
#include "crash/pattern.h"

namespace rigbisect {
namespace {

constexpr char escape = '\x1b';

// ECMA-48: ESC [ parameters intermediates final, or ESC and one byte (with intermediates).
std::size_t skip_escape(std::string_view raw, std::size_t at) {
  ++at;
  const bool control_sequence = at < raw.size() && raw[at] == '[';
  if (control_sequence) {
    ++at;
    while (at < raw.size() && raw[at] >= '\x30' && raw[at] <= '\x3f') ++at;
  }
  while (at < raw.size() && raw[at] >= '\x20' && raw[at] <= '\x2f') ++at;
  const char last = control_sequence ? '\x40' : '\x30';
  return at < raw.size() && raw[at] >= last && raw[at] <= '\x7e' ? at + 1 : at;
}

bool is_filler(char c) {
  return c == '\r' || c == '\0' || c == '\xff';
}

using Bytes [[gnu::vector_size(16)]] = unsigned char;
using Halves = std::array<std::uint64_t, 2>;

// Bytes that are no printable ASCII, and '@', which begins a marker.
bool has_dirt(const char* at) {
  Bytes bytes;
  std::memcpy(&bytes, at, sizeof bytes);
  const auto dirt = std::bit_cast<Halves>((bytes - ' ' > '~' - ' ') | (bytes == '@'));
  return (dirt[0] | dirt[1]) != 0;
}

// The first byte that may be none of the text. Most lines have none, or a CR at their end.
std::string_view::const_iterator find_dirt(std::string_view raw) {
  constexpr std::ptrdiff_t block = sizeof(Bytes);
  const auto* at = raw.begin();
  while (raw.end() - at >= block && !has_dirt(at)) at += block;
  const bool rest_is_clean =
      raw.end() - raw.begin() >= block && raw.end() - at < block && !has_dirt(raw.end() - block);
  if (rest_is_clean) return raw.end();
  return std::find_if(at, raw.end(), [](char c) { return is_filler(c) || c == escape || c == '@'; });
}

// "<6>", "<14>" in front of a line.
std::string_view without_level(std::string_view line) {
  if (line.empty() || line[0] != '<') return line;
  std::size_t at = 1;
  while (at < line.size() && at < 4 && is_digit(line[at])) ++at;
  return at > 1 && at < line.size() && line[at] == '>' ? line.substr(at + 1) : line;
}

// What a receiver makes of the first edges on a line that gets its power: no text begins like that.
std::string_view without_power_up_noise(std::string_view raw) {
  const auto text = std::find_if(raw.begin(), raw.end(),
                                 [](char c) { return c != '\0' && static_cast<unsigned char>(c) < 0x80; });
  return raw.substr(static_cast<std::size_t>(text - raw.begin()));
}

std::string_view without_marker(std::string_view line) {
  return line.substr(0, find_text(line, "@rb1 "));
}

std::size_t skip_blanks(std::string_view line, std::size_t at) {
  while (at < line.size() && line[at] == ' ') ++at;
  return at;
}

std::size_t skip_digits(std::string_view line, std::size_t at) {
  while (at < line.size() && is_digit(line[at])) ++at;
  return at;
}

struct Stamp {
  std::size_t end = npos;
  bool odd = false;  // printk writes "[%5lu.%06lu]"
};

// "[   12.345678]" at `at`.
Stamp stamp_at(std::string_view line, std::size_t at) {
  if (at >= line.size() || line[at] != '[') return {};
  const auto seconds = skip_blanks(line, at + 1);
  const auto dot = skip_digits(line, seconds);
  if (dot == seconds || dot >= line.size() || line[dot] != '.') return {};
  const auto end = skip_digits(line, dot + 1);
  if (end == dot + 1 || end >= line.size() || line[end] != ']') return {};
  return {end + 1, dot - at < 6 || end - dot != 7};
}

std::size_t caller_end(std::string_view line, std::size_t at) {
  if (at >= line.size() || line[at] != '[') return npos;
  const auto letter = skip_blanks(line, at + 1);
  if (letter >= line.size() || (line[letter] != 'T' && line[letter] != 'C')) return npos;
  const auto end = skip_digits(line, letter + 1);
  return end > letter + 1 && end < line.size() && line[end] == ']' ? end + 1 : npos;
}

constexpr std::string_view prompt = " login: ";

bool has_prompt(const WordSet& words) {
  static const auto of_prompt = words_for(prompt);
  return of_prompt.meets(words);
}

// printk may stand behind its own "messages dropped" note or a login prompt.
std::size_t prefix_start(std::string_view line, const WordSet& words) {
  if (line.starts_with("** ")) {
    static constexpr Pattern dropped = "^\\*\\* [num] printk messages dropped \\*\\* ";
    const auto note = search(dropped, line);
    if (note && note->begin == 0) return note->end;
  }
  const auto login = has_prompt(words) ? line.rfind(prompt) : npos;
  const auto at = login == npos ? 0 : login + prompt.size();
  const auto level = without_level(line.substr(at));
  return line.size() - level.size();
}

// The prefix that begins at `start` with this stamp.
LinePrefix prefix_of(std::string_view line, std::size_t start, const Stamp& stamp) {
  if (stamp.end == npos) return {};
  const auto caller = caller_end(line, stamp.end);
  const auto end = caller == npos ? stamp.end : caller;
  if (end >= line.size() || line[end] != ' ') return {};
  // Nothing in front of the prefix: no other bracket either.
  const auto text = start == 0 ? end + 1 : find_text(line, "] ") + 2;
  if (caller == npos) return {"console", text, stamp.odd};
  constexpr std::size_t usual_caller = 8;
  const auto size = caller - stamp.end;
  return {line.substr(stamp.end, size), text, stamp.odd || size < usual_caller};
}

// "? func+0x1/0x2", "[<ffffffff81234567>] ? func"
bool is_marked_as_guess(std::string_view text) {
  static constexpr Pattern behind_addresses = "^[blank][pcs]? ";
  std::size_t at = 0;
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  if (at < text.size() && text[at] == '[') return matches(behind_addresses, text);
  return text.substr(at, 2) == "? ";
}

}  // namespace

RawLine line_at(std::string_view bytes, std::size_t start) {
  const auto rest = bytes.substr(start, max_raw_line);
  const auto feed = rest.find('\n');
  if (feed != npos) return {start, start + feed, start + feed + 1, true};
  const auto end = start + rest.size();
  return {start, end, end, rest.size() == max_raw_line};
}

std::string_view clean_line(std::string_view raw, std::string& scratch) {
  raw = without_power_up_noise(raw.substr(0, max_raw_line));
  const auto dirty = find_dirt(raw);
  if (dirty != raw.end()) {
    scratch.assign(raw.begin(), dirty);
    for (auto at = static_cast<std::size_t>(dirty - raw.begin()); at < raw.size();) {
      if (raw[at] == escape) {
        at = skip_escape(raw, at);
      } else {
        if (!is_filler(raw[at])) scratch += raw[at];
        ++at;
      }
    }
    raw = without_marker(scratch);
  }
  return without_level(raw).substr(0, max_line_text);
}

std::string clean_line(std::string_view raw) {
  std::string scratch;
  return std::string(clean_line(raw, scratch));
}

LinePrefix line_prefix(std::string_view line, WordSet& words) {
  const auto usual = prefix_of(line, 0, stamp_at(line, 0));
  words = words_in(line.substr(usual.end));
  if (usual.end > 0 && !has_prompt(words)) return usual;
  if (usual.end > 0) words = words_in(line);
  const auto start = prefix_start(line, words);
  auto stamp = stamp_at(line, start);
  if (stamp.end == npos && start > 0) stamp = stamp_at(line, line.size() - without_level(line).size());
  return prefix_of(line, start, stamp);
}

std::string_view line_context(std::string_view line) {
  WordSet words;
  return line_prefix(line, words).context;
}

bool is_task_context(std::string_view context) {
  return context.size() > 1 && context.find('T') != npos && context[0] == '[';
}

bool is_cpu_context(std::string_view context) {
  return context.size() > 1 && context.find('C') != npos && context[0] == '[';
}

bool is_shared_context(std::string_view context) {
  return context.empty() || context == "console";
}

bool is_guess(std::string_view text) {
  const bool doubted = text.ends_with(')') && text.ends_with(" (unreliable)");
  return (doubted || is_marked_as_guess(text)) && !has_text(text, "<EOI>");
}

}  // namespace rigbisect
