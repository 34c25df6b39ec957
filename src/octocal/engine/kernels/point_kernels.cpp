// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/point_kernels.hpp"

#include <limits>

namespace octocal::engine {

const PointKernels& point_kernels(Isa isa) {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512Vnni) return point_kernels_avx512_vnni();
  if (isa >= Isa::kAvx512) return point_kernels_avx512();
  if (isa >= Isa::kAvx2) return point_kernels_avx2();
  return point_kernels_sse2();
#else
  static_cast<void>(isa);
  return point_kernels_portable();
#endif
}

std::int64_t PointKernels::cost(const PointKernel& kernel, std::int64_t pixels, std::int64_t channels) noexcept {
  return (pixels + kernel.pixels - 1) / kernel.pixels * ((channels + kernel.channels - 1) / kernel.channels) *
         kernel.cost;
}

const PointKernel& PointKernels::kernel(Filter filter, std::int64_t pixels, std::int64_t channels) const noexcept {
  const PointKernel* best = nullptr;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const auto& one : sums) {
    if (one.pixels > pixels) continue;  // the last ones begin earlier, but not before the first
    if (filter != Filter::kDirect && one.channels % join_channels != 0) continue;
    const std::int64_t its = cost(one, pixels, channels);
    if (its >= least) continue;
    least = its;
    best = &one;
  }
  return *best;  // one pixel by the joins' channels covers everything
}

}  // namespace octocal::engine
