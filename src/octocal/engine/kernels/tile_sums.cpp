// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/tile_sums.hpp"

#include <limits>

namespace octocal::engine {

std::span<const TileKernel> tile_kernels(Isa isa) {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512Vnni) return tile_kernels_avx512_vnni();
  if (isa >= Isa::kAvx512) return tile_kernels_avx512();
  if (isa >= Isa::kAvx2) return tile_kernels_avx2();
  return tile_kernels_sse2();
#else
  static_cast<void>(isa);
  return tile_kernels_portable();
#endif
}

const TileKernel& tile_kernel(Isa isa, std::int64_t width, std::int64_t channels) {
  const auto all = tile_kernels(isa);
  const TileKernel* best = &all.front();  // one pixel, which covers every row
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const auto& kernel : all) {
    if (kernel.pixels > width) continue;  // a last tile begins earlier, but not before the row
    const std::int64_t tiles =
        (width + kernel.pixels - 1) / kernel.pixels * ((channels + kernel.channels - 1) / kernel.channels);
    if (tiles * kernel.cost >= least) continue;
    least = tiles * kernel.cost;
    best = &kernel;
  }
  return *best;
}

}  // namespace octocal::engine
