// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/tile_u8.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

namespace octocal::engine {

__attribute__((target("avx2"))) void sum_tile_avx2(const TileTaps& taps, const std::int16_t* const* pixel,
                                                   const std::int16_t* weights, std::int32_t* sums) noexcept {
  __m256i sum[kTilePixels][2];
  for (auto& row : sum) row[0] = row[1] = _mm256_setzero_si256();
  for (std::int64_t row = 0; row < taps.planes * taps.rows; ++row) {
    const std::int64_t start = taps.start_of(row);
    for (std::int64_t pair = 0; pair < taps.pairs; ++pair) {
      const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights));
      const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights + kTileChannels));
      weights += 2 * kTileChannels;
      for (std::int64_t p = 0; p < kTilePixels; ++p) {
        std::int32_t both;
        std::memcpy(&both, pixel[p] + start + 2 * pair, sizeof both);
        const __m256i x = _mm256_set1_epi32(both);
        sum[p][0] = _mm256_add_epi32(sum[p][0], _mm256_madd_epi16(x, low));
        sum[p][1] = _mm256_add_epi32(sum[p][1], _mm256_madd_epi16(x, high));
      }
    }
  }
  for (std::int64_t p = 0; p < kTilePixels; ++p) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + p * kTileChannels), sum[p][0]);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + p * kTileChannels + 8), sum[p][1]);
  }
}

}  // namespace octocal::engine
#endif
