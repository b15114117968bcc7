#pragma once

#include <cstddef>
#include <span>
#include <string_view>

// Finds, at memory speed, the places of a log that deserve a look: everything else cannot be part of an oops
// line, a note about the whole log, or a damaged version of these.
namespace rigbisect {

// Words of which one stands in every line worth a look, also if the line lost a byte. At least
// `signal_sample` bytes each; shorter literals of the tables end in a colon and are found by that.
std::span<const std::string_view> oops_signal_words();
std::span<const std::string_view> note_signal_words();

// The first place at or behind `from` that is worth a look, `bytes.size()` if there is none. Also bytes that
// are no text, as they may hide a word. May stand up to 16 bytes off within the same word.
// `portable`: without the instructions that only some processors have; the result is the same.
std::size_t find_signal(std::string_view bytes, std::size_t from, bool portable = false);

// The same for what may be a note about the whole log; passes by most other signals.
std::size_t find_note_signal(std::string_view bytes, std::size_t from);

}  // namespace rigbisect
