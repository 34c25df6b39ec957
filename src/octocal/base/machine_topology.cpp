// SPDX-License-Identifier: Apache-2.0
#include <hwloc.h>

#include <algorithm>

#include "octocal/base/expect.hpp"
#include "octocal/base/machine.hpp"

namespace octocal {
namespace {

/// The machine as hwloc sees it, cut down to the processing units of this process's mask: what is left of a core are
/// those of its units that are in the mask, and a core without any is gone.
class Topology {
 public:
  Topology() {
    if (hwloc_topology_init(&topology_) != 0) return;
    if (hwloc_topology_load(topology_) != 0) return;
    auto* mask = hwloc_bitmap_alloc();
    loaded_ = hwloc_get_cpubind(topology_, mask, HWLOC_CPUBIND_PROCESS) == 0 &&
              hwloc_topology_restrict(topology_, mask, 0) == 0;
    hwloc_bitmap_free(mask);
    // Virtual machines may tell of no cores: then each processing unit is one.
    if (loaded_ && hwloc_get_nbobjs_by_type(topology_, HWLOC_OBJ_CORE) < 1) core_type_ = HWLOC_OBJ_PU;
  }
  ~Topology() {
    if (topology_ != nullptr) hwloc_topology_destroy(topology_);
  }
  Topology(const Topology&) = delete;
  Topology& operator=(const Topology&) = delete;

  int cores() const noexcept { return loaded_ ? std::max(1, hwloc_get_nbobjs_by_type(topology_, core_type_)) : 1; }

  bool pin(int core) const noexcept {
    if (!loaded_) return false;
    const auto* object = hwloc_get_obj_by_type(topology_, core_type_, static_cast<unsigned>(core % cores()));
    return object != nullptr && hwloc_set_cpubind(topology_, object->cpuset, HWLOC_CPUBIND_THREAD) == 0;
  }

 private:
  hwloc_topology_t topology_ = nullptr;
  hwloc_obj_type_t core_type_ = HWLOC_OBJ_CORE;
  bool loaded_ = false;
};

const Topology& topology() {
  static const Topology instance;
  return instance;
}

}  // namespace

int usable_cores() { return topology().cores(); }

bool pin_current_thread(int core) noexcept {
  OCTOCAL_EXPECT(core >= 0);
  return topology().pin(core);
}

}  // namespace octocal
