#pragma once

#include <array>
#include <cstddef>
#include <string_view>

// What a byte of console text may be part of: looked up, as there is no telling what comes next.
namespace rigbisect {

class CharClass {
 public:
  // The bytes of `members`; "a-z" in it stands for all between.
  constexpr explicit CharClass(std::string_view members) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto first = static_cast<unsigned char>(members[i]);
      const bool range = i + 2 < members.size() && members[i + 1] == '-';
      if (range) i += 2;
      const auto last = static_cast<unsigned char>(members[i]);
      for (std::size_t c = first; c <= last; ++c) has_[c] = true;
    }
  }

  constexpr bool has(char c) const { return has_[static_cast<unsigned char>(c)]; }

 private:
  std::array<bool, 256> has_{};
};

inline constexpr CharClass digits("0-9");
inline constexpr CharClass hex_digits("0-9a-f");  // as kernels write them
inline constexpr CharClass any_hex_digits("0-9a-fA-F");
inline constexpr CharClass word_bytes("0-9a-zA-Z_");
inline constexpr CharClass symbol_bytes("0-9a-zA-Z_.");
inline constexpr CharClass function_bytes("0-9a-zA-Z_.$");  // of a name in a symbol table
inline constexpr CharClass path_bytes("0-9a-zA-Z_./-");
inline constexpr CharClass kind_bytes("a-z-");

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_hex(char c) {
  return hex_digits.has(c);
}

}  // namespace rigbisect
