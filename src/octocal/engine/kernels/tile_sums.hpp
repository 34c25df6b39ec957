// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>

#include "octocal/base/machine.hpp"

namespace octocal::engine {

/// Which taps of the source a tile adds up. Rows are runs of pairs of 16-bit numbers.
struct TileTaps {
  std::int64_t planes = 1, rows = 0, pairs = 0, plane_stride = 0, row_stride = 0;
  /// Pairs whose sum fits int32 whatever the source holds: partial sums of so many are added up in int32.
  std::int64_t block = 1;

  /// From a pixel's first tap to the first of row 0 .. planes * rows - 1.
  std::int64_t start_of(std::int64_t row) const noexcept { return row / rows * plane_stride + row % rows * row_stride; }
};

/// Sums of products of one tile of the own integer convolution: neighbouring output pixels of a row by some channels.
///
/// | tensor  | shape                              | type    | notes                                              |
/// |---------|------------------------------------|---------|----------------------------------------------------|
/// | pixel   |                                    | int16   | first tap of the first pixel; the next, `stride` on |
/// | weights | (planes, rows, pairs, channels, 2) | int16   | -32767..32767                                      |
/// | sums    | (pixels, channels)                 | float64 | overwritten                                        |
///
///     sums[p][o] = sum over planes d, rows r, pairs i:
///                  pixel[p * stride + at] * w[d][r][i][o][0] + pixel[p * stride + at + 1] * w[d][r][i][o][1]
///     at         = d * plane_stride + r * row_stride + 2i
///
/// Exact, and so the same on every instruction set: int32 within a block, float64 (which holds every integer up to
/// 2^53) over the blocks.
using SumTile = void (*)(const TileTaps& taps, const std::int16_t* pixel, std::int64_t stride,
                         const std::int16_t* weights, double* sums) noexcept;

/// A kernel for tiles of one size.
struct TileKernel {
  const char* name = "";      ///< for reports
  std::int64_t pixels = 1;    ///< of a tile, at most kMostTilePixels
  std::int64_t channels = 1;  ///< of a tile, at most kMostTileChannels
  std::int64_t cost = 1;      ///< of a pair of taps, about, in instructions
  SumTile sum = nullptr;
};
inline constexpr std::int64_t kMostTilePixels = 13, kMostTileChannels = 32;

/// All kernels of an instruction set.
std::span<const TileKernel> tile_kernels(Isa isa);

/// The kernel whose tiles cover rows of `width` pixels by `channels` channels at the least cost.
const TileKernel& tile_kernel(Isa isa, std::int64_t width, std::int64_t channels);

/// Each in a file of its own, compiled for that instruction set.
std::span<const TileKernel> tile_kernels_portable();
#if defined(__x86_64__)
std::span<const TileKernel> tile_kernels_sse2();
std::span<const TileKernel> tile_kernels_avx2();
std::span<const TileKernel> tile_kernels_avx512();
std::span<const TileKernel> tile_kernels_avx512_vnni();
#endif

}  // namespace octocal::engine
