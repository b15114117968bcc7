#pragma once

#include <algorithm>

#include "crash/pattern.h"

// How the compiler takes patterns apart: see pattern.h, which includes this.
namespace rigbisect::pattern_compile {

constexpr auto npos = std::string_view::npos;

constexpr std::string_view piece_names[] = {"",     "func",   "word",  "num",  "hex",   "kind",
                                            "name", "symbol", "addr",  "long", "other", "src",
                                            "seg",  "pcs",    "blank", "rest", "nl",    "eol"};

constexpr PieceClass piece_of(std::string_view name) {
  for (std::size_t i = 1; i < std::size(piece_names); ++i)
    if (piece_names[i] == name) return static_cast<PieceClass>(i);
  return PieceClass::none;
}

// The token at `at`, and where the next one starts. Null: the bracket is not closed or names no class.
struct Step {
  PatternToken token;
  std::size_t next = 0;
  const char* error = nullptr;
};

constexpr PatternToken part(TokenKind kind, std::size_t begin, std::size_t size) {
  return {kind, PieceClass::none, false, static_cast<std::uint8_t>(size), static_cast<std::uint16_t>(begin)};
}

constexpr Step bracket(std::string_view text, std::size_t at) {
  const bool capture = text[at] == '{';
  const auto close = text.find(capture ? '}' : ']', at);
  if (close == npos) return {{}, 0, "unclosed bracket"};
  const auto body = text.substr(at + 1, close - at - 1);
  auto token = part(TokenKind::piece, at + 1, body.size());
  token.capture = capture;
  token.piece = piece_of(body);
  if (body == "text")
    token.kind = TokenKind::gap;
  else if (body.find('|') != npos)
    token.kind = TokenKind::choice;
  else if (token.piece == PieceClass::none)
    return {{}, 0, "no such class"};
  return {token, close + 1};
}

constexpr Step step(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == '*') {
    const bool wide = text.substr(at, 2) == "**";
    return {part(wide ? TokenKind::wide_gap : TokenKind::gap, at, 0), at + (wide ? 2U : 1U)};
  }
  if (c == '\\') {
    if (at + 1 >= text.size()) return {{}, 0, "nothing behind the backslash"};
    return {part(TokenKind::literal, at + 1, 1), at + 2};
  }
  if (c == '{' || c == '[') return bracket(text, at);
  const auto stop = std::min(text.find_first_of("*\\{[\n", at), text.size());
  if (stop - at > 255) return {{}, 0, "literal too long"};
  return {part(TokenKind::literal, at, stop - at), stop};
}

struct Compiled {
  std::array<PatternToken, Pattern::max_tokens> tokens{};
  std::size_t count = 0;
  std::size_t alternatives = 0;
  const char* error = nullptr;

  constexpr void add(PatternToken token) {
    if (count == tokens.size())
      error = "too many tokens";
    else
      tokens[count++] = token;
  }
};

// The first literal of three bytes or more. What the match begins with is looked for anyway.
constexpr void note_needed(Compiled& compiled, std::size_t first) {
  constexpr std::size_t telling = 3;
  auto& needed = compiled.tokens[first];
  for (auto i = first + 1; i < compiled.count; ++i) {
    const auto& token = compiled.tokens[i];
    if (token.kind != TokenKind::literal || token.size < telling) continue;
    needed = part(i == first + 1 ? TokenKind::begins : TokenKind::needed, token.begin, token.size);
    return;
  }
}

// What is wrong with the text is in `error`.
constexpr Compiled compile(std::string_view text) {
  Compiled compiled;
  if (text.empty()) compiled.error = "empty pattern";
  for (std::size_t at = 0; at < text.size() && compiled.error == nullptr;) {
    const auto first = compiled.count;
    compiled.add(part(TokenKind::needed, 0, 0));
    ++compiled.alternatives;
    if (text[at] == '^') {
      compiled.add(part(TokenKind::line_start, at, 0));
      ++at;
    }
    while (at < text.size() && text[at] != '\n' && compiled.error == nullptr) {
      const auto next = step(text, at);
      compiled.error = next.error;
      compiled.add(next.token);
      at = next.next;
    }
    if (compiled.error != nullptr) break;
    note_needed(compiled, first);
    compiled.add({});
    ++at;
  }
  return compiled;
}

// Not constexpr: a pattern that gets here does not compile.
inline void refuse(const char* /*error*/) {}

}  // namespace rigbisect::pattern_compile

namespace rigbisect {

consteval Pattern::Pattern(const char* text) : text_(text) {
  const auto compiled = pattern_compile::compile(text_);
  if (compiled.error != nullptr) pattern_compile::refuse(compiled.error);
  tokens_ = compiled.tokens;
  alternatives_ = compiled.alternatives;
}

}  // namespace rigbisect
