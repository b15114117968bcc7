#pragma once

#include <cstddef>
#include <string_view>

namespace rigbisect {

inline constexpr auto npos = std::string_view::npos;

// The same as text.find(word, from). Made for the short texts and words of console lines: looks at sixteen
// places at once for the first and the last byte of the word.
std::size_t find_text(std::string_view text, std::string_view word, std::size_t from = 0);

inline bool has_text(std::string_view text, std::string_view word) {
  return find_text(text, word) != std::string_view::npos;
}

}  // namespace rigbisect
