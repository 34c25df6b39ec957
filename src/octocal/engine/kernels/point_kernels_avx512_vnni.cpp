// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#define OCTOCAL_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define OCTOCAL_INLINE __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"), always_inline)) inline
#include "octocal/engine/kernels/point_kernels_avx512.hpp"
#include "octocal/engine/kernels/point_kernels_loops.hpp"

namespace octocal::engine {
namespace {

struct HalfPairs : PairsOf8 {
  static constexpr std::int64_t kCost = 1;
  OCTOCAL_INLINE static Sum add(Sum sum, Pair x, Pair w) noexcept { return _mm256_dpwssd_epi32(sum, x, w); }
};
struct WholePairs : PairsOf16 {
  static constexpr std::int64_t kCost = 2;  // twice as wide
  OCTOCAL_INLINE static Sum add(Sum sum, Pair x, Pair w) noexcept { return _mm512_dpwssd_epi32(sum, x, w); }
};

}  // namespace

const PointKernels& point_kernels_avx512_vnni() {
  static const auto sums = joined_points(points_up_to<HalfPairs, 1, 12>(), points_up_to<WholePairs, 1, 12>(),
                                         points_up_to<WholePairs, 2, 12>(), points_up_to<WholePairs, 3, 8>());
  static const PointKernels kernels = all_kernels("own:convolution_integer avx512_vnni", sums);
  return kernels;
}

}  // namespace octocal::engine
#endif
