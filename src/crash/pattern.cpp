#include "crash/pattern.h"

#include <algorithm>

namespace rigbisect {
namespace {

constexpr auto npos = std::string_view::npos;

enum class TokenKind { end, literal, line_start, gap, wide_gap, piece };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view body;  // literal text or class
  bool capture = false;
  std::size_t next = 0;  // where the following token starts in the pattern
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_kind(char c) {
  return (c >= 'a' && c <= 'z') || c == '-';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_name(char c) {
  return !is_blank(c) && c != '\n';
}
bool is_symbol(char c) {
  return is_word(c) || c == '.';
}
bool is_path(char c) {
  return is_word(c) || c == '-' || c == '/' || c == '.';
}

Token next_token(std::string_view pattern, std::size_t at) {
  if (at >= pattern.size()) return {TokenKind::end, {}, false, at};
  const char c = pattern[at];
  if (c == '^' && at == 0) return {TokenKind::line_start, {}, false, 1};
  if (c == '*') {
    const bool wide = pattern.substr(at, 2) == "**";
    return {wide ? TokenKind::wide_gap : TokenKind::gap, {}, false, at + (wide ? 2U : 1U)};
  }
  if (c == '\\') return {TokenKind::literal, pattern.substr(at + 1, 1), false, at + 2};
  if (c == '{' || c == '[') {
    const auto close = pattern.find(c == '{' ? '}' : ']', at);
    if (close == npos) return {TokenKind::end, {}, false, pattern.size()};
    const auto body = pattern.substr(at + 1, close - at - 1);
    return {body == "text" ? TokenKind::gap : TokenKind::piece, body, c == '{', close + 1};
  }
  const auto stop = std::min(pattern.find_first_of("*\\{[", at), pattern.size());
  return {TokenKind::literal, pattern.substr(at, stop - at), false, stop};
}

template <typename Class>
std::size_t run(std::string_view text, std::size_t at, Class in_class) {
  while (at < text.size() && in_class(text[at])) ++at;
  return at;
}

// Each eater returns the end of the piece that starts at `at`, npos if there is none.
std::size_t eat_some(std::size_t at, std::size_t end) {
  return end > at ? end : npos;
}

std::size_t eat_func(std::string_view text, std::size_t at) {
  const auto end = run(text, at, is_word);
  return end > at && end < text.size() && (text[end] == '.' || text[end] == '+') ? end : npos;
}

std::size_t eat_src(std::string_view text, std::size_t at) {
  const auto end = run(text, at, is_path);
  const auto dot = text.substr(at, end - at).rfind('.');
  if (dot == npos || at + dot + 1 == end || end >= text.size() || text[end] != ':') return npos;
  return eat_some(end + 1, run(text, end + 1, is_digit));
}

std::size_t eat_segment_number(std::string_view text, std::size_t at) {
  const auto end = run(text, at, is_hex);
  return end > at && end < text.size() && text[end] == ':' ? end + 1 : at;
}

std::size_t eat_addresses(std::string_view text, std::size_t at) {
  for (;;) {
    if (at >= text.size() || text[at] != '[') return at;
    auto end = at + 1;
    if (end < text.size() && text[end] == '<') ++end;
    if (text.substr(end, 2) == "0x") end += 2;
    const auto digits = run(text, end, is_hex);
    if (digits == end) return at;
    end = digits;
    if (end < text.size() && text[end] == '>') ++end;
    if (end >= text.size() || text[end] != ']') return at;
    const auto blanks = run(text, end + 1, is_blank);
    if (blanks == end + 1) return at;
    at = blanks;
  }
}

std::size_t eat_address(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) == "0x") at += 2;
  const auto end = run(text, at, is_hex);
  return end >= at + 6 ? end : npos;
}

std::size_t eat_long(std::string_view text, std::size_t at) {
  const auto end = run(text, at, is_digit);
  return end >= at + 7 ? end : npos;
}

std::size_t eat_non_word(std::string_view text, std::size_t at) {
  return at < text.size() && !is_word(text[at]) ? at + 1 : npos;
}

std::size_t eat_choice(std::string_view choices, std::string_view text, std::size_t at) {
  for (;;) {
    const auto bar = choices.find('|');
    const auto choice = choices.substr(0, bar);
    if (text.substr(at, choice.size()) == choice) return at + choice.size();
    if (bar == npos) return npos;
    choices.remove_prefix(bar + 1);
  }
}

using Eater = std::size_t (*)(std::string_view text, std::size_t at);

struct PieceClass {
  std::string_view name;
  Eater eat;
  bool (*in_run)(char c);  // set: the piece is a run of these, so inside of a run nothing new can begin
};

constexpr PieceClass piece_classes[] = {
    {"func", eat_func, is_word},
    {"word", [](std::string_view t, std::size_t at) { return eat_some(at, run(t, at, is_word)); }, is_word},
    {"num", [](std::string_view t, std::size_t at) { return eat_some(at, run(t, at, is_digit)); }, is_digit},
    {"hex", [](std::string_view t, std::size_t at) { return eat_some(at, run(t, at, is_hex)); }, is_hex},
    {"kind", [](std::string_view t, std::size_t at) { return eat_some(at, run(t, at, is_kind)); }, is_kind},
    {"name", [](std::string_view t, std::size_t at) { return eat_some(at, run(t, at, is_name)); }, is_name},
    {"src", eat_src, is_path},
    {"symbol", [](std::string_view t, std::size_t at) { return eat_some(at, run(t, at, is_symbol)); },
     is_symbol},
    {"addr", eat_address, is_word},
    {"long", eat_long, is_digit},
    {"other", eat_non_word, nullptr},
    {"seg", eat_segment_number, nullptr},
    {"pcs", eat_addresses, nullptr},
    {"blank", [](std::string_view t, std::size_t at) { return run(t, at, is_blank); }, nullptr},
    {"rest", [](std::string_view t, std::size_t at) { return std::min(t.find('\n', at), t.size()); },
     nullptr},
    {"nl", [](std::string_view t, std::size_t at) { return at < t.size() && t[at] == '\n' ? at + 1 : npos; },
     nullptr},
    {"eol", [](std::string_view t, std::size_t at) { return at == t.size() || t[at] == '\n' ? at : npos; },
     nullptr},
};

const PieceClass* piece_class(std::string_view name) {
  const auto* found = std::find_if(std::begin(piece_classes), std::end(piece_classes),
                                   [&](auto& c) { return c.name[0] == name[0] && c.name == name; });
  return found == std::end(piece_classes) ? nullptr : found;
}

std::size_t eat(const Token& token, std::string_view text, std::size_t at) {
  if (token.kind == TokenKind::line_start) return at == 0 || text[at - 1] == '\n' ? at : npos;
  if (token.kind == TokenKind::literal)
    return text.substr(at, token.body.size()) == token.body ? at + token.body.size() : npos;
  if (const auto* known = piece_class(token.body)) return known->eat(text, at);
  return eat_choice(token.body, text, at);
}

void capture(PatternMatch& match, std::string_view value) {
  if (match.count < PatternMatch::max_captures) match.captures[match.count++] = value;
}

bool ends_segment(const Token& token) {
  return token.kind == TokenKind::end || token.kind == TokenKind::gap || token.kind == TokenKind::wide_gap;
}

// The next place where one of the choices may begin.
std::size_t next_choice(std::string_view choices, std::string_view text, std::size_t at) {
  std::array<char, 8> first{};
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < choices.size() && count < first.size();) {
    first[count++] = choices[begin];
    const auto bar = choices.find('|', begin);
    if (bar == npos) return text.find_first_of({first.data(), count}, at);
    begin = bar + 1;
  }
  return at;
}

// The tokens between two gaps, tried at one position of a text.
class Segment {
 public:
  Segment(std::string_view pattern, std::size_t at)
      : pattern_(pattern), at_(at), first_(next_token(pattern, at)) {
    for (stop_ = first_; !ends_segment(stop_);) stop_ = next_token(pattern, stop_.next);
  }

  const Token& stop() const { return stop_; }

  // The end of the match that begins at `at`.
  std::size_t match(std::string_view text, std::size_t at, PatternMatch& match) const {
    const auto count = match.count;
    for (auto token = next_token(pattern_, at_); !ends_segment(token);
         token = next_token(pattern_, token.next)) {
      const auto end = eat(token, text, at);
      if (end == npos) {
        match.count = count;
        return npos;
      }
      if (token.capture) capture(match, text.substr(at, end - at));
      at = end;
    }
    return at;
  }

  // The next position from `at` on where a match could begin.
  std::size_t candidate(std::string_view text, std::size_t at, std::size_t from) const {
    if (first_.kind == TokenKind::literal) return text.find(first_.body, at);
    if (first_.kind == TokenKind::line_start) {
      if (at == 0 || text[at - 1] == '\n') return at;
      const auto feed = text.find('\n', at);
      return feed == npos ? npos : feed + 1;
    }
    const auto* known = first_.kind == TokenKind::piece ? piece_class(first_.body) : nullptr;
    if (first_.kind == TokenKind::piece && known == nullptr && !first_.body.ends_with('|'))
      return next_choice(first_.body, text, at);
    if (known != nullptr && known->in_run != nullptr && at > from && known->in_run(text[at - 1]))
      return run(text, at, known->in_run);
    return at;
  }

 private:
  std::string_view pattern_;
  std::size_t at_;
  Token first_;
  Token stop_;
};

struct Span {
  std::size_t begin = npos;
  std::size_t end = npos;
};

Span find_segment(const Segment& segment, std::string_view text, std::size_t from, PatternMatch& match) {
  for (auto at = from; at <= text.size(); ++at) {
    at = segment.candidate(text, at, from);
    if (at == npos || at > text.size()) break;
    const auto end = segment.match(text, at, match);
    if (end != npos) return {at, end};
  }
  return {};
}

// The segments behind in-line gaps, up to the next wide gap. Returns the end in the text.
std::size_t match_gaps(std::string_view pattern, Token gap, std::string_view line, std::size_t at,
                       PatternMatch& match) {
  while (gap.kind == TokenKind::gap) {
    const Segment segment(pattern, gap.next);
    const auto slot = match.count;
    if (gap.capture) capture(match, {});
    const auto found = find_segment(segment, line, at, match);
    if (found.begin == npos) return npos;
    if (gap.capture && slot < match.count) match.captures[slot] = line.substr(at, found.begin - at);
    at = found.end;
    gap = segment.stop();
  }
  return at;
}

// The stretch of a pattern up to a wide gap: all on one line.
Span find_stretch(std::string_view pattern, const Segment& first, std::string_view text, std::size_t from,
                  PatternMatch& match) {
  const auto count = match.count;
  while (from <= text.size()) {
    match.count = count;
    const auto head = find_segment(first, text, from, match);
    if (head.begin == npos) break;
    const auto line_end = std::min(text.find('\n', head.end), text.size());
    const auto end = match_gaps(pattern, first.stop(), text.substr(0, line_end), head.end, match);
    if (end != npos) return {head.begin, end};
    from = line_end + 1;
  }
  return {};
}

std::optional<PatternMatch> search_one(std::string_view pattern, std::string_view text) {
  const auto needed = needed_text(pattern);
  if (!needed.empty() && text.find(needed) == npos) return std::nullopt;
  PatternMatch match;
  std::size_t at = 0;
  std::size_t from = 0;
  for (bool first = true;; first = false) {
    Segment segment(pattern, at);
    const auto found = find_stretch(pattern, segment, text, from, match);
    if (found.begin == npos) return std::nullopt;
    if (first) match.begin = found.begin;
    match.end = from = found.end;
    auto stop = segment.stop();
    while (stop.kind == TokenKind::gap) stop = Segment(pattern, stop.next).stop();
    if (stop.kind == TokenKind::end) return match;
    at = stop.next;
  }
}

}  // namespace

std::string_view needed_text(std::string_view pattern) {
  constexpr std::size_t telling = 3;
  for (std::size_t at = 0; at < pattern.size();) {
    const auto stop = std::min(pattern.find_first_of("^*\\{[", at), pattern.size());
    if (stop - at >= telling) return pattern.substr(at, stop - at);
    if (stop == pattern.size()) break;
    const char c = pattern[stop];
    const auto close = c == '{' ? pattern.find('}', stop) : c == '[' ? pattern.find(']', stop) : stop;
    at = (close == npos ? pattern.size() : close) + (c == '\\' ? 2 : 1);
  }
  return {};
}

std::optional<PatternMatch> search(std::string_view pattern, std::string_view text) {
  std::optional<PatternMatch> best;
  for (;;) {
    const auto bar = pattern.find('\n');
    auto match = search_one(pattern.substr(0, bar), text);
    if (match && (!best || match->begin < best->begin)) best = match;
    if (bar == npos) return best;
    pattern.remove_prefix(bar + 1);
  }
}

bool matches(std::string_view pattern, std::string_view text) {
  return search(pattern, text).has_value();
}

std::string pattern_error(std::string_view pattern) {
  if (pattern.empty()) return "empty pattern";
  for (std::size_t at = 0; at < pattern.size();) {
    const auto token = next_token(pattern, at);
    if (token.kind == TokenKind::end) return "unclosed bracket: " + std::string(pattern.substr(at));
    if (token.kind == TokenKind::piece && piece_class(token.body) == nullptr && token.body.find('|') == npos)
      return "no such class: " + std::string(token.body);
    at = token.next;
  }
  return {};
}

}  // namespace rigbisect
