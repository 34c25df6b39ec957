// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/expect.hpp"

#include <cstdio>
#include <cstdlib>

namespace octocal {

void precondition_failed(const char* file, int line, const char* condition) noexcept {
  std::fprintf(stderr, "octocal: %s:%d: precondition does not hold: %s\n", file, line, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace octocal
