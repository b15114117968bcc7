#include "crash/frame_position.h"

#include <algorithm>

#include "crash/char_class.h"
#include "crash/find_text.h"

namespace rigbisect {
namespace {

std::size_t hex_run(std::string_view text, std::size_t at) {
  while (at < text.size() && is_hex(text[at])) ++at;
  return at;
}

// Reads "0x12", also without one of its first two characters; the digits.
std::string_view number(std::string_view text, bool& damaged) {
  const bool whole = text.starts_with("0x");
  if (!whole) damaged = true;
  std::size_t from = whole ? 2 : 0;
  if (!whole && !text.empty() && (text[0] == 'x' || text[0] == '0')) from = 1;
  return text.substr(from, hex_run(text, from) - from);
}

std::string_view name_before(std::string_view word, std::size_t end) {
  auto begin = end;
  while (begin > 0 && function_bytes.has(word[begin - 1])) --begin;
  return word.substr(begin, end - begin);
}

// One that is as it ought to be, as most are. False also where a closer look is needed.
bool read_whole_position(std::string_view word, Position& position) {
  const auto plus = word.find('+');
  if (plus == npos || word.substr(plus, 3) != "+0x") return false;
  const auto slash = hex_run(word, plus + 3);
  if (slash == plus + 3 || word.substr(slash, 3) != "/0x") return false;
  const auto end = hex_run(word, slash + 3);
  if (end == slash + 3 || word.find_first_of("+/", end) != npos) return false;
  position.name = name_before(word, plus);
  position.offset = word.substr(plus + 3, slash - plus - 3);
  position.size = word.substr(slash + 3, end - slash - 3);
  position.begin = static_cast<std::uint32_t>(plus - position.name.size());
  position.end = static_cast<std::uint32_t>(end);
  return position.name.size() > 1;
}

// One with a character missing in its numbers.
bool read_damaged_position(std::string_view word, Position& position) {
  auto slash = word.rfind('/');
  auto right = slash + 1;
  if (slash == npos) {
    const auto first = word.find("0x");
    if (first == npos || word.find("0x", first + 1) == npos) return false;
    slash = right = word.rfind("0x");
    if (slash < 4) return false;
    position.damaged = true;
  }
  const auto left = word.substr(0, slash);
  position.size = number(word.substr(right), position.damaged);
  const auto plus = left.rfind('+');
  auto name_end = plus;
  if (plus == npos) {
    name_end = left.rfind("0x");
    if (name_end == npos || name_end == 0) return false;
    position.damaged = true;
    position.offset = number(left.substr(name_end), position.damaged);
  } else {
    position.offset = number(left.substr(plus + 1), position.damaged);
  }
  position.name = name_before(left, name_end);
  position.begin = static_cast<std::uint32_t>(name_end - position.name.size());
  position.end =
      static_cast<std::uint32_t>(hex_run(word, static_cast<std::size_t>(position.size.data() - word.data())));
  return position.name.size() > 1 && !position.offset.empty() && !position.size.empty();
}

// A word that is a whole position and nothing else, by its first 'x'; in places of the text. Most are so, and
// this is quick.
bool read_bare_position(std::string_view text, std::size_t x, Position& position) {
  if (x < 2 || text[x - 1] != '0' || text[x - 2] != '+') return false;
  const auto plus = x - 2;
  const auto slash = hex_run(text, x + 1);
  if (slash == x + 1 || text.substr(slash, 3) != "/0x") return false;
  const auto end = hex_run(text, slash + 3);
  if (end == slash + 3 || (end < text.size() && text[end] != ' ')) return false;
  position.name = name_before(text, plus);
  const auto begin = plus - position.name.size();
  if (position.name.size() < 2 || (begin > 0 && text[begin - 1] != ' ')) return false;
  position.offset = text.substr(x + 1, slash - x - 1);
  position.size = text.substr(slash + 3, end - slash - 3);
  position.begin = static_cast<std::uint32_t>(begin);
  position.end = static_cast<std::uint32_t>(end);
  return true;
}

// Of the word around this place, whole or damaged. The place is moved to the end of the word.
bool read_position_around(std::string_view text, std::size_t& place, Position& position) {
  const auto blank = text.rfind(' ', place);
  const auto begin = blank == npos ? 0 : blank + 1;
  place = std::min(text.find(' ', place), text.size());
  const auto word = text.substr(begin, place - begin);
  if (!read_whole_position(word, position) && !read_damaged_position(word, position)) return false;
  position.begin += static_cast<std::uint32_t>(begin);
  position.end += static_cast<std::uint32_t>(begin);
  return true;
}

}  // namespace

// Each is read where it stays: a copy of what was just written has to wait for it.
std::vector<Position> positions_of(const std::vector<LogLine>& lines) {
  std::vector<Position> found;
  found.reserve(lines.size() / 2);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto text = lines[i].text;
    for (auto at = text.find('x'); at != npos; at = text.find('x', at)) {
      auto& position = found.emplace_back();
      position.line = static_cast<std::uint32_t>(i);
      if (read_bare_position(text, at, position)) {
        at = position.end;
      } else if (!read_position_around(text, at, position)) {
        found.pop_back();
      }
    }
  }
  return found;
}

}  // namespace rigbisect
