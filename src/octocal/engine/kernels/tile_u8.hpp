// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>

#include "octocal/base/machine.hpp"

namespace octocal::engine {

/// A tile of the own int8 convolution: 4 output pixels by 16 output channels.
inline constexpr std::int64_t kTilePixels = 4;
inline constexpr std::int64_t kTileChannels = 16;

/// Sums of products of one tile.
///
/// | tensor  | shape                                   | type  | notes                           |
/// |---------|-----------------------------------------|-------|---------------------------------|
/// | pixel   | kTilePixels pointers                    | int16 | first tap of each pixel; 0..255 |
/// | weights | (planes, rows, pairs, kTileChannels, 2) | int16 | -255..255                       |
/// | sums    | (kTilePixels, kTileChannels)            | int32 | overwritten; 64-byte aligned    |
///
///     sums[p][o] = sum over planes d, rows r, pairs i:
///                  pixel[p][at] * w[d][r][i][o][0] + pixel[p][at + 1] * w[d][r][i][o][1]
///     at         = d * plane_stride + r * row_stride + 2i
///
/// Exact as long as the sum fits int32 (checked when the weights are read).
struct TileTaps {
  std::int64_t planes = 1, rows = 0, pairs = 0, plane_stride = 0, row_stride = 0;

  /// From a pixel's first tap to the first of row 0 .. planes * rows - 1.
  std::int64_t start_of(std::int64_t row) const noexcept { return row / rows * plane_stride + row % rows * row_stride; }
};
using SumTile = void (*)(const TileTaps& taps, const std::int16_t* const* pixel, const std::int16_t* weights,
                         std::int32_t* sums) noexcept;

struct TileKernel {
  const char* name;
  SumTile sum;
};

/// The fastest tile kernel of an instruction set.
TileKernel tile_kernel(Isa isa) noexcept;

void sum_tile_portable(const TileTaps& taps, const std::int16_t* const* pixel, const std::int16_t* weights,
                       std::int32_t* sums) noexcept;
#if defined(__x86_64__)
void sum_tile_sse2(const TileTaps& taps, const std::int16_t* const* pixel, const std::int16_t* weights,
                   std::int32_t* sums) noexcept;
void sum_tile_avx2(const TileTaps& taps, const std::int16_t* const* pixel, const std::int16_t* weights,
                   std::int32_t* sums) noexcept;
#endif

}  // namespace octocal::engine
