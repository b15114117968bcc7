#include "target/build_id.h"

#include <cstdint>

namespace rigbisect {
namespace {

constexpr std::uint32_t kGnuBuildId = 3;  // NT_GNU_BUILD_ID
constexpr std::size_t kLongestId = 64;

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// Name and description are padded to four bytes each.
std::uint64_t padded(std::uint32_t size) {
  return (std::uint64_t{size} + 3) & ~std::uint64_t{3};
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 0xf];
  }
  return out;
}

}  // namespace

std::string gnu_build_id(std::string_view notes) {
  constexpr std::size_t kHeader = 12;
  while (notes.size() >= kHeader) {
    const std::uint32_t name_size = word_at(notes, 0);
    const std::uint32_t desc_size = word_at(notes, 4);
    const std::uint32_t type = word_at(notes, 8);
    const std::uint64_t length = kHeader + padded(name_size) + padded(desc_size);
    if (length > notes.size()) return {};
    const std::string_view name = notes.substr(kHeader, name_size);
    if (type == kGnuBuildId && name == std::string_view("GNU\0", 4) && desc_size <= kLongestId)
      return hex(notes.substr(kHeader + static_cast<std::size_t>(padded(name_size)), desc_size));
    notes.remove_prefix(static_cast<std::size_t>(length));
  }
  return {};
}

}  // namespace rigbisect
