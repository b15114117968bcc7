#include "crash/pattern.h"

#include <algorithm>
#include <array>
#include <functional>

#include "crash/char_class.h"
#include "crash/find_text.h"

namespace rigbisect {
namespace {

bool is_word(char c) {
  return word_bytes.has(c);
}
bool is_any_hex(char c) {
  return any_hex_digits.has(c);
}
bool is_kind(char c) {
  return kind_bytes.has(c);
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_name(char c) {
  return !is_blank(c) && c != '\n';
}
bool is_symbol(char c) {
  return symbol_bytes.has(c);
}
bool is_path(char c) {
  return path_bytes.has(c);
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
  const auto end = run(text, at, is_any_hex);
  return end > at && end < text.size() && text[end] == ':' ? end + 1 : at;
}

// "0x12ab", or what %p says before the kernel has a key to hide addresses with.
std::size_t eat_printed_address(std::string_view text, std::size_t at) {
  for (const std::string_view hidden : {"(____ptrval____)", "(ptrval)"})
    if (text.substr(at, hidden.size()) == hidden) return at + hidden.size();
  if (text.substr(at, 2) == "0x") at += 2;
  return eat_some(at, run(text, at, is_any_hex));
}

std::size_t eat_addresses(std::string_view text, std::size_t at) {
  for (;;) {
    if (at >= text.size() || text[at] != '[') return at;
    auto end = at + 1;
    if (end < text.size() && text[end] == '<') ++end;
    end = eat_printed_address(text, end);
    if (end == npos) return at;
    if (end < text.size() && text[end] == '>') ++end;
    if (end >= text.size() || text[end] != ']') return at;
    const auto blanks = run(text, end + 1, is_blank);
    if (blanks == end + 1) return at;
    at = blanks;
  }
}

std::size_t eat_address(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) == "0x") at += 2;
  const auto end = run(text, at, is_any_hex);
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

// The piece that starts at `at`: its end, npos if there is none.
std::size_t eat_piece(PieceClass piece, std::string_view text, std::size_t at) {
  switch (piece) {
    case PieceClass::none:
      break;
    case PieceClass::func:
      return eat_func(text, at);
    case PieceClass::word:
      return eat_some(at, run(text, at, is_word));
    case PieceClass::num:
      return eat_some(at, run(text, at, is_digit));
    case PieceClass::hex:
      return eat_some(at, run(text, at, is_any_hex));
    case PieceClass::kind:
      return eat_some(at, run(text, at, is_kind));
    case PieceClass::name:
      return eat_some(at, run(text, at, is_name));
    case PieceClass::symbol:
      return eat_some(at, run(text, at, is_symbol));
    case PieceClass::addr:
      return eat_address(text, at);
    case PieceClass::long_num:
      return eat_long(text, at);
    case PieceClass::other:
      return eat_non_word(text, at);
    case PieceClass::src:
      return eat_src(text, at);
    case PieceClass::seg:
      return eat_segment_number(text, at);
    case PieceClass::pcs:
      return eat_addresses(text, at);
    case PieceClass::blank:
      return run(text, at, is_blank);
    case PieceClass::rest:
      return std::min(text.find('\n', at), text.size());
    case PieceClass::nl:
      return at < text.size() && text[at] == '\n' ? at + 1 : npos;
    case PieceClass::eol:
      return at == text.size() || text[at] == '\n' ? at : npos;
  }
  return npos;
}

using InRun = bool (*)(char c);

// Set: the piece is a run of these, so inside of a run nothing new can begin.
constexpr InRun run_of(PieceClass piece) {
  switch (piece) {
    case PieceClass::func:
    case PieceClass::word:
    case PieceClass::addr:
      return is_word;
    case PieceClass::num:
    case PieceClass::long_num:
      return is_digit;
    case PieceClass::hex:
      return is_any_hex;
    case PieceClass::kind:
      return is_kind;
    case PieceClass::name:
      return is_name;
    case PieceClass::symbol:
      return is_symbol;
    case PieceClass::src:
      return is_path;
    default:
      return nullptr;
  }
}

void capture(PatternMatch& match, std::string_view value) {
  if (match.count < PatternMatch::max_captures) match.captures[match.count++] = value;
}

bool ends_segment(const PatternToken& token) {
  return token.kind == TokenKind::end || token.kind == TokenKind::gap || token.kind == TokenKind::wide_gap;
}

// The next place where one of the choices begins.
std::size_t next_choice(std::string_view choices, std::string_view text, std::size_t at) {
  auto next = npos;
  for (;;) {
    const auto bar = choices.find('|');
    const auto choice = choices.substr(0, bar);
    // A later one is of interest only in front of what is found.
    const auto rest = next == npos ? text : text.substr(0, next + choice.size() - 1);
    next = std::min(next, find_text(rest, choice, at));
    if (bar == npos) return next;
    choices.remove_prefix(bar + 1);
  }
}

// The tokens between two gaps, tried at one position of a text.
class Segment {
 public:
  Segment(const Pattern& pattern, const PatternToken* first)
      : pattern_(pattern), first_(first), stop_(first) {
    while (!ends_segment(*stop_)) ++stop_;
  }

  const PatternToken* stop() const { return stop_; }

  // The end of the match that begins at `at`.
  std::size_t match(std::string_view text, std::size_t at, PatternMatch& match) const {
    const auto count = match.count;
    for (const auto* token = first_; token != stop_; ++token) {
      const auto end = eat(*token, text, at);
      if (end == npos) {
        match.count = count;
        return npos;
      }
      if (token->capture) capture(match, text.substr(at, end - at));
      at = end;
    }
    return at;
  }

  // The next position from `at` on where a match could begin.
  std::size_t candidate(std::string_view text, std::size_t at, std::size_t from) const {
    if (first_->kind == TokenKind::literal) return find_text(text, pattern_.body(*first_), at);
    if (first_->kind == TokenKind::line_start) {
      if (at == 0 || text[at - 1] == '\n') return at;
      const auto feed = text.find('\n', at);
      return feed == npos ? npos : feed + 1;
    }
    if (first_->kind == TokenKind::choice && !pattern_.body(*first_).ends_with('|'))
      return next_choice(pattern_.body(*first_), text, at);
    if (first_->kind != TokenKind::piece) return at;
    if (first_->piece == PieceClass::other) return run(text, at, is_word);
    const auto in_run = run_of(first_->piece);
    if (in_run == nullptr) return at;
    if (at > from && in_run(text[at - 1])) at = run(text, at, in_run);
    return run(text, at, std::not_fn(in_run));
  }

 private:
  std::size_t eat(const PatternToken& token, std::string_view text, std::size_t at) const {
    if (token.kind == TokenKind::piece) return eat_piece(token.piece, text, at);
    if (token.kind == TokenKind::line_start) return at == 0 || text[at - 1] == '\n' ? at : npos;
    const auto body = pattern_.body(token);
    if (token.kind == TokenKind::choice) return eat_choice(body, text, at);
    return text.substr(at).starts_with(body) ? at + body.size() : npos;
  }

  const Pattern& pattern_;
  const PatternToken* first_;
  const PatternToken* stop_;
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
std::size_t match_gaps(const Pattern& pattern, const PatternToken* gap, std::string_view line, std::size_t at,
                       PatternMatch& match) {
  while (gap->kind == TokenKind::gap) {
    const Segment segment(pattern, gap + 1);
    const auto slot = match.count;
    if (gap->capture) capture(match, {});
    const auto found = find_segment(segment, line, at, match);
    if (found.begin == npos) return npos;
    if (gap->capture && slot < match.count) match.captures[slot] = line.substr(at, found.begin - at);
    at = found.end;
    gap = segment.stop();
  }
  return at;
}

// The stretch of a pattern up to a wide gap: all on one line.
Span find_stretch(const Pattern& pattern, const Segment& first, std::string_view text, std::size_t from,
                  PatternMatch& match) {
  const auto count = match.count;
  while (from <= text.size()) {
    match.count = count;
    const auto head = find_segment(first, text, from, match);
    if (head.begin == npos) break;
    if (first.stop()->kind != TokenKind::gap) return head;
    const auto line_end = std::min(text.find('\n', head.end), text.size());
    const auto end = match_gaps(pattern, first.stop(), text.substr(0, line_end), head.end, match);
    if (end != npos) return {head.begin, end};
    from = line_end + 1;
  }
  return {};
}

// One alternative, whose tokens begin at `token`.
bool search_one(const Pattern& pattern, const PatternToken* token, std::string_view text,
                PatternMatch& match) {
  if (token->kind == TokenKind::needed && token->size > 0 && find_text(text, pattern.body(*token)) == npos)
    return false;
  std::size_t from = 0;
  for (bool first = true;; first = false) {
    const Segment segment(pattern, token + 1);
    const auto found = find_stretch(pattern, segment, text, from, match);
    if (found.begin == npos) return false;
    if (first) match.begin = found.begin;
    match.end = from = found.end;
    token = segment.stop();
    while (token->kind == TokenKind::gap) token = Segment(pattern, token + 1).stop();
    if (token->kind == TokenKind::end) return true;
  }
}

}  // namespace

std::optional<PatternMatch> search(const Pattern& pattern, std::string_view text) {
  std::optional<PatternMatch> best;
  const auto* token = pattern.tokens();
  for (std::size_t i = 0; i < pattern.alternatives(); ++i) {
    PatternMatch match;
    if (search_one(pattern, token, text, match) && (!best || match.begin < best->begin)) best = match;
    while (token->kind != TokenKind::end) ++token;
    ++token;
  }
  return best;
}

bool matches(const Pattern& pattern, std::string_view text) {
  const auto* token = pattern.tokens();
  for (std::size_t i = 0; i < pattern.alternatives(); ++i) {
    PatternMatch match;
    if (search_one(pattern, token, text, match)) return true;
    while (token->kind != TokenKind::end) ++token;
    ++token;
  }
  return false;
}

}  // namespace rigbisect
