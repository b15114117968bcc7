#pragma once

#include <span>

namespace rigbisect {

// The bytes of rigbisect-init, the statically linked /init of every initramfs (README.md in this folder),
// built for the machine under test and carried inside the program. Never empty. Any thread.
std::span<const unsigned char> target_init_image();

}  // namespace rigbisect
