#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// The little pattern language in which the crash tables are written. The compiler takes a pattern apart, and
// refuses one that is not well-formed. There is no backtracking: segments between gaps match at one place or
// not at all and the earliest place is taken, so time is linear in the text and the stack is flat, whatever
// bytes come.
//
//   text       itself; \c is the character c
//   ^          at the beginning: only at the start of a line
//   *          a gap: anything up to where the rest matches, within the line
//   **         a gap that may also cross lines
//   {text}     a gap within the line, captured
//   [class]    one piece; {class} the same, captured. Classes:
//     func  name of a function: letters, digits, '_' with '.' or '+' behind it (not part of the piece)
//     word  letters, digits, '_'         num  digits          hex  hexadecimal digits
//     kind  lower-case letters and '-'   name anything but blanks and line ends
//     symbol letters, digits, '_', '.'   addr six or more hexadecimal digits, "0x" optional
//     long  seven or more digits         other one character that is none of word's
//     src   a source position, "mm/slub.c:123"
//     seg   optional: digits and ':' (code segment)
//     pcs   optional: any number of "[<ffffffff81234567>] ", also hidden
//     blank optional: blanks and tabs    rest up to the end of the line   eol  the end of a line
//     nl    a line feed
//     a|b|  one of these texts, the first that fits; the last may be empty
//
// Several patterns may stand in one text, on lines of their own: the earliest match of any counts.
namespace rigbisect {

enum class TokenKind : std::uint8_t {
  end,
  needed,
  begins,
  line_start,
  literal,
  gap,
  wide_gap,
  choice,
  piece
};

enum class PieceClass : std::uint8_t {
  none,
  func,
  word,
  num,
  hex,
  kind,
  name,
  symbol,
  addr,
  long_num,
  other,
  src,
  seg,
  pcs,
  blank,
  rest,
  nl,
  eol
};

// One element of a pattern: a literal, a choice or what must stand in the text is a part of the pattern's
// own text.
struct PatternToken {
  TokenKind kind = TokenKind::end;
  PieceClass piece = PieceClass::none;
  bool capture = false;
  std::uint8_t size = 0;
  std::uint16_t begin = 0;
};

class Pattern {
 public:
  static constexpr std::size_t max_tokens = 64;

  // Matches nothing.
  constexpr Pattern() = default;

  // NOLINTNEXTLINE(google-explicit-constructor): a row of a table is written as text.
  consteval Pattern(const char* text);

  constexpr std::string_view text() const { return text_; }
  constexpr bool empty() const { return text_.empty(); }
  constexpr bool operator==(const Pattern& other) const { return text_ == other.text_; }

  // Each alternative begins with a text that must be there (`begins`: where the match does; of no size:
  // there is none) and ends with an `end`.
  constexpr const PatternToken* tokens() const { return tokens_.data(); }
  constexpr std::size_t alternatives() const { return alternatives_; }
  constexpr std::string_view body(const PatternToken& token) const {
    return {text_.data() + token.begin, token.size};
  }

 private:
  std::string_view text_;
  std::size_t alternatives_ = 0;
  std::array<PatternToken, max_tokens> tokens_{};
};

struct PatternMatch {
  static constexpr std::size_t max_captures = 6;

  std::size_t begin = 0;
  std::size_t end = 0;
  std::array<std::string_view, max_captures> captures;  // views into the searched text
  std::size_t count = 0;
};

// The earliest match in `text`.
std::optional<PatternMatch> search(const Pattern& pattern, std::string_view text);

bool matches(const Pattern& pattern, std::string_view text);

}  // namespace rigbisect

#include "crash/pattern_compile.h"
