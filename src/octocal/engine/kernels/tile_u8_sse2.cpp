// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/tile_u8.hpp"

#if defined(__x86_64__)
#include <emmintrin.h>

#include <cstring>

namespace octocal::engine {

// SSE2 is there on every x86-64 processor. Half of the tile's channels at a time: 16 registers hold 8 sums, 2 weights
// and 1 pixel.
void sum_tile_sse2(const TileTaps& taps, const std::int16_t* const* pixel, const std::int16_t* weights,
                   std::int32_t* sums) noexcept {
  constexpr std::int64_t kHalf = kTileChannels / 2;
  for (std::int64_t half = 0; half < 2; ++half) {
    __m128i sum[kTilePixels][2];
    for (auto& row : sum) row[0] = row[1] = _mm_setzero_si128();
    const std::int16_t* next = weights + half * kTileChannels;
    for (std::int64_t row = 0; row < taps.planes * taps.rows; ++row) {
      const std::int64_t start = taps.start_of(row);
      for (std::int64_t pair = 0; pair < taps.pairs; ++pair) {
        const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(next));
        const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(next + kHalf));
        next += 2 * kTileChannels;
        for (std::int64_t p = 0; p < kTilePixels; ++p) {
          std::int32_t both;
          std::memcpy(&both, pixel[p] + start + 2 * pair, sizeof both);
          const __m128i x = _mm_set1_epi32(both);
          sum[p][0] = _mm_add_epi32(sum[p][0], _mm_madd_epi16(x, low));
          sum[p][1] = _mm_add_epi32(sum[p][1], _mm_madd_epi16(x, high));
        }
      }
    }
    for (std::int64_t p = 0; p < kTilePixels; ++p) {
      std::int32_t* out = sums + p * kTileChannels + half * kHalf;
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out), sum[p][0]);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 4), sum[p][1]);
    }
  }
}

}  // namespace octocal::engine
#endif
