// SPDX-License-Identifier: Apache-2.0
// Stands in for machine_topology.cpp where hwloc is missing (preset trainer): logical processors count as cores there.
#include <sched.h>

#include "octocal/base/expect.hpp"
#include "octocal/base/machine.hpp"

namespace octocal {
namespace {

cpu_set_t allowed_processors() noexcept {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) CPU_SET(0, &allowed);
  return allowed;
}

}  // namespace

int usable_cores() {
  const auto allowed = allowed_processors();
  return CPU_COUNT(&allowed);
}

bool pin_current_thread(int core) noexcept {
  OCTOCAL_EXPECT(core >= 0);
  const auto allowed = allowed_processors();
  int left = core % CPU_COUNT(&allowed);
  for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (!CPU_ISSET(processor, &allowed) || left-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    return sched_setaffinity(0, sizeof one, &one) == 0;
  }
  return false;
}

}  // namespace octocal
