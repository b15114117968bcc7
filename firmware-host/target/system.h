#pragma once

#include <cstddef>
#include <string>

#include "base/clock.h"

// The kernel underneath init: file systems, knobs and facts. Everything here copes with a kernel that lacks
// the feature (3.x to 6.x, tinyconfig included) and goes on without it.
namespace rigbisect {

// Monotonic time. init is the one program on its machine: it may read the clock (see base/clock.h).
TimePoint monotonic_now();

// Mounts /proc, /sys, /dev and a /tmp to write in. Without devtmpfs the needed nodes are made by hand.
void mount_file_systems();

// At most `limit` bytes of the file, empty if it cannot be read. For /proc and /sys.
std::string read_small_file(const char* path, std::size_t limit);

// False if it could not be opened or not all was taken.
bool write_small_file(const char* path, const std::string& content);

// "6.1.192-rig"
std::string kernel_release();

// The running kernel's build id, "-" if it does not tell.
std::string kernel_build_id();

}  // namespace rigbisect
