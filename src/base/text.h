#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Text that came from outside (console bytes, commit messages, YAML) on its way to a person or a file.
namespace rigbisect {

// `text` with every byte a terminal could act on made visible: ESC and other controls become \x1b style
// escapes, tab stays, invalid UTF-8 becomes \xNN. Line feeds stay only if `keep_newlines`.
std::string printable(std::string_view text, bool keep_newlines = false);

// The candidate nearest to `word` by edit distance, if near enough to be a likely typing mistake
// (at most a third of the word's length, at least 1).
std::optional<std::string> did_you_mean(std::string_view word, std::span<const std::string> candidates);

// " (did you mean 'lcus'?)" or "".
std::string did_you_mean_suffix(std::string_view word, std::span<const std::string> candidates);

// "a, b, c"
std::string join(std::span<const std::string> parts, std::string_view separator);

// Fields between `separator`s; an empty text has one empty field.
std::vector<std::string_view> split(std::string_view text, char separator);

// Without leading and trailing blanks, tabs, CR and LF.
std::string_view trim(std::string_view text);

// Lower-case hexadecimal, two digits a byte.
std::string to_hex(std::span<const unsigned char> bytes);

}  // namespace rigbisect
