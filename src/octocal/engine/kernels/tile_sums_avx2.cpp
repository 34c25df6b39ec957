// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

#define OCTOCAL_TARGET __attribute__((target("avx2")))
#include "octocal/engine/kernels/tile_sums_rows.hpp"

namespace octocal::engine {
namespace {

#define OCTOCAL_INLINE __attribute__((target("avx2"), always_inline)) static inline

struct Vector {
  static constexpr std::int64_t kLanes = 8, kCost = 2;
  using Sum = __m256i;
  using Pair = __m256i;
  OCTOCAL_INLINE Sum zero() noexcept { return _mm256_setzero_si256(); }
  OCTOCAL_INLINE Pair weights(const std::int16_t* at) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  }
  OCTOCAL_INLINE Pair pair(const std::int16_t* at) noexcept {
    std::int32_t both;
    std::memcpy(&both, at, sizeof both);
    return _mm256_set1_epi32(both);
  }
  OCTOCAL_INLINE Sum add(Sum sum, Pair x, Pair w) noexcept { return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w)); }
  OCTOCAL_INLINE void add_to(Sum sum, double* out) noexcept {
    const __m256d lower = _mm256_cvtepi32_pd(_mm256_castsi256_si128(sum));
    const __m256d upper = _mm256_cvtepi32_pd(_mm256_extracti128_si256(sum, 1));
    _mm256_storeu_pd(out, _mm256_add_pd(_mm256_loadu_pd(out), lower));
    _mm256_storeu_pd(out + 4, _mm256_add_pd(_mm256_loadu_pd(out + 4), upper));
  }
};

}  // namespace

std::span<const TileKernel> tile_kernels_avx2() {
  // 16 registers: sums, weights, a pixel and its products.
  constexpr const char* kName = "own:convolution_integer avx2";
  static const auto kernels = joined(kernels_up_to<Vector, 1, 12>(kName), kernels_up_to<Vector, 2, 6>(kName));
  return kernels;
}

}  // namespace octocal::engine
#endif
