#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// The little pattern language in which the crash tables are written. A pattern is interpreted where it
// stands: rows stay constexpr text. There is no backtracking: segments between gaps match at one place or not
// at all and the earliest place is taken, so time is linear in the text and the stack is flat, whatever bytes
// come.
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
//     pcs   optional: any number of "[<ffffffff81234567>] "
//     blank optional: blanks and tabs    rest up to the end of the line   eol  the end of a line
//     nl    a line feed
//     a|b|  one of these texts, the first that fits; the last may be empty
//
// Several patterns may stand in one text, on lines of their own: the earliest match of any counts.
namespace rigbisect {

struct PatternMatch {
  static constexpr std::size_t max_captures = 6;

  std::size_t begin = 0;
  std::size_t end = 0;
  std::array<std::string_view, max_captures> captures;  // views into the searched text
  std::size_t count = 0;
};

// The earliest match in `text`.
std::optional<PatternMatch> search(std::string_view pattern, std::string_view text);

bool matches(std::string_view pattern, std::string_view text);

// A text that stands in everything that this (single) pattern matches; "" if there is none of three bytes.
std::string_view needed_text(std::string_view pattern);

// What is wrong with the pattern as written, "" if nothing. For the self-check of the tables.
std::string pattern_error(std::string_view pattern);

}  // namespace rigbisect
