// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "octocal/engine/kernels/tile_u8.hpp"

namespace octocal::engine {

void sum_tile_portable(const TileTaps& taps, const std::int16_t* const* pixel, const std::int16_t* weights,
                       std::int32_t* sums) noexcept {
  std::fill_n(sums, kTilePixels * kTileChannels, 0);
  for (std::int64_t row = 0; row < taps.planes * taps.rows; ++row)
    for (std::int64_t pair = 0; pair < taps.pairs; ++pair) {
      for (std::int64_t p = 0; p < kTilePixels; ++p) {
        const std::int16_t* x = pixel[p] + taps.start_of(row) + 2 * pair;
        const std::int32_t first = x[0];
        const std::int32_t second = x[1];
        std::int32_t* sum = sums + p * kTileChannels;
        for (std::int64_t o = 0; o < kTileChannels; ++o) sum[o] += first * weights[2 * o] + second * weights[2 * o + 1];
      }
      weights += 2 * kTileChannels;
    }
}

}  // namespace octocal::engine
