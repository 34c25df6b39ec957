// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <vector>

namespace octocal::engine {

/// A block of a stream's memory and the steps between which it must keep its contents.
struct Lifetime {
  std::size_t bytes = 0;
  std::size_t first = 0;  ///< step that writes it first
  std::size_t last = 0;   ///< step that reads it last
};

/// Where each block lies in one piece of memory, so that blocks alive at the same step do not overlap.
struct MemoryPlan {
  std::vector<std::size_t> offsets;  ///< 64-byte aligned
  std::size_t bytes = 0;
};

/// Largest blocks first, each at the lowest place that is free during its life. Every block is followed by 64 bytes
/// that vector loads may touch.
MemoryPlan plan_memory(const std::vector<Lifetime>& blocks);

}  // namespace octocal::engine
