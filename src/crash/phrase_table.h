#pragma once

#include <cstddef>
#include <span>
#include <string_view>

// What kernels say word for word in reports, so that a damaged line can be read all the same.
namespace rigbisect {

enum class PhrasePlace {
  header,   // begins an oops line
  ignored,  // begins a line that has the literal of an oops and is none
  start,    // begins a line of a report
  anywhere  // stands somewhere in a line of a report
};

struct Phrase {
  std::string_view text;
  PhrasePlace place = PhrasePlace::start;
};

inline constexpr std::size_t most_phrases = 320;

// At most so many, of at most 64 bytes each.
std::span<const Phrase> phrases();

// Functions that stand in many traces, sorted: the machinery that reports, enters, leaves and waits.
std::span<const std::string_view> common_functions();

}  // namespace rigbisect
