#include "os/memory.h"

#include <algorithm>
#include <limits>

#include <malloc.h>

namespace rigbisect {

void keep_freed_memory(std::size_t bytes) {
  const auto threshold =
      static_cast<int>(std::min(bytes, static_cast<std::size_t>(std::numeric_limits<int>::max())));
  ::mallopt(M_TRIM_THRESHOLD, threshold);
  ::mallopt(M_MMAP_THRESHOLD, threshold / 2);  // larger pieces come from the kernel one by one
}

}  // namespace rigbisect
