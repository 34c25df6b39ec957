// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#define OCTOCAL_TARGET __attribute__((target("avx512f,avx512bw,avx512vl")))
#define OCTOCAL_INLINE __attribute__((target("avx512f,avx512bw,avx512vl"), always_inline)) inline
#include "octocal/engine/kernels/point_kernels_avx512.hpp"
#include "octocal/engine/kernels/point_kernels_loops.hpp"

namespace octocal::engine {
namespace {

struct HalfPairs : PairsOf8 {
  static constexpr std::int64_t kCost = 2;
  OCTOCAL_INLINE static Sum add(Sum sum, Pair x, Pair w) noexcept {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w));
  }
};
struct WholePairs : PairsOf16 {
  static constexpr std::int64_t kCost = 4;  // twice as wide
  OCTOCAL_INLINE static Sum add(Sum sum, Pair x, Pair w) noexcept {
    return _mm512_add_epi32(sum, _mm512_madd_epi16(x, w));
  }
};

}  // namespace

const PointKernels& point_kernels_avx512() {
  static const auto sums = joined_points(points_up_to<HalfPairs, 1, 12>(), points_up_to<WholePairs, 1, 12>(),
                                         points_up_to<WholePairs, 2, 12>(), points_up_to<WholePairs, 3, 8>());
  static const PointKernels kernels = all_kernels("own:convolution_integer avx512", sums);
  return kernels;
}

}  // namespace octocal::engine
#endif
