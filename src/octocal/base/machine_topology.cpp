// SPDX-License-Identifier: Apache-2.0
#include <hwloc.h>

#include "octocal/base/machine.hpp"

namespace octocal {
namespace {

/// The machine as hwloc sees it, restricted to the processors this process may use.
class Topology {
 public:
  Topology() {
    if (hwloc_topology_init(&topology_) != 0) return;
    if (hwloc_topology_load(topology_) != 0) return;
    allowed_ = hwloc_bitmap_alloc();
    loaded_ = hwloc_get_cpubind(topology_, allowed_, HWLOC_CPUBIND_PROCESS) == 0;
  }
  ~Topology() {
    if (allowed_ != nullptr) hwloc_bitmap_free(allowed_);
    hwloc_topology_destroy(topology_);
  }
  Topology(const Topology&) = delete;
  Topology& operator=(const Topology&) = delete;

  int cores() const {
    if (!loaded_) return 1;
    const int count = hwloc_get_nbobjs_inside_cpuset_by_type(topology_, allowed_, HWLOC_OBJ_CORE);
    return count > 0 ? count : 1;
  }

  bool pin(int core) const {
    if (!loaded_) return false;
    const auto wanted = static_cast<unsigned>(core % cores());
    const auto* object = hwloc_get_obj_inside_cpuset_by_type(topology_, allowed_, HWLOC_OBJ_CORE, wanted);
    return object != nullptr && hwloc_set_cpubind(topology_, object->cpuset, HWLOC_CPUBIND_THREAD) == 0;
  }

 private:
  hwloc_topology_t topology_ = nullptr;
  hwloc_bitmap_t allowed_ = nullptr;
  bool loaded_ = false;
};

const Topology& topology() {
  static const Topology instance;
  return instance;
}

}  // namespace

int usable_cores() { return topology().cores(); }

bool pin_current_thread(int core) noexcept { return topology().pin(core); }

}  // namespace octocal
