#include "target/init_image.h"

// Defined in init_image.S.
extern "C" const unsigned char rigbisect_init_begin[];
extern "C" const unsigned char rigbisect_init_end[];

namespace rigbisect {

std::span<const unsigned char> target_init_image() {
  return {rigbisect_init_begin, rigbisect_init_end};
}

}  // namespace rigbisect
