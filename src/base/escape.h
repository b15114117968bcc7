#pragma once

#include <optional>
#include <string>
#include <string_view>

// Bytes as printable ASCII and back: "\xNN" for a backslash and for all that is not printable. What the init
// on the machine and the controller tell each other goes through it.
namespace rigbisect {

inline constexpr std::string_view kHexDigits = "0123456789abcdef";

// At most `max` bytes of output: what does not fit whole is left out.
std::string escape(std::string_view bytes, std::size_t max = std::string_view::npos);

// nullopt: not what escape() writes.
std::optional<std::string> unescape(std::string_view text);

}  // namespace rigbisect
