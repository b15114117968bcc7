#pragma once

#include <cstddef>

namespace rigbisect {

// From now on up to so many bytes that were freed are kept for what comes next, instead of going back to the
// kernel: for work whose pieces need about the same, one after the other. For the whole process.
void keep_freed_memory(std::size_t bytes);

}  // namespace rigbisect
