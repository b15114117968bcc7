#pragma once

#include <cstdint>
#include <string_view>

namespace rigbisect::netboot {

// Which part of a file a request wants.
struct ByteRange {
  enum class Kind { whole, part, unsatisfiable };
  Kind kind = Kind::whole;
  std::uint64_t from = 0;
  std::uint64_t size = 0;
  bool operator==(const ByteRange&) const = default;
};

// Reads a Range header (RFC 9110 section 14.1.2): one range of bytes. Anything else, and several ranges, mean
// the whole file, as the RFC allows. Pure.
ByteRange parse_range(std::string_view header, std::uint64_t file_size);

}  // namespace rigbisect::netboot
