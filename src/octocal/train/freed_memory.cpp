// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/freed_memory.hpp"

#include <malloc.h>

#include <limits>

namespace octocal::train {

void keep_freed_memory() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_MAX, 0);  // not M_MMAP_THRESHOLD: glibc refuses more than 32 MB
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

}  // namespace octocal::train
