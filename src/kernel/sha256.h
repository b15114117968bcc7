#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace rigbisect {

// SHA-256 (FIPS 180-4), fed piece by piece. Names cached images and signs kernels; guards no secret.
class Sha256 {
 public:
  Sha256& add(std::string_view bytes);
  // The length, then the bytes: two fields cannot run into each other.
  Sha256& add_field(std::string_view bytes);
  // The digest in hexadecimal. Ends the use of the object.
  std::string hex();

 private:
  void block(const unsigned char* bytes);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> pending_{};
  std::uint64_t length_ = 0;
};

}  // namespace rigbisect
