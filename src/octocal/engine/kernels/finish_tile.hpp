// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// Where a tile's pixels lie, and which channels they have.
struct TilePlace {
  std::int64_t pixels = 1;    ///< of the tile
  std::int64_t width = 1;     ///< channels of a pixel in `sums`: 8, 16 or 32
  std::int64_t channels = 1;  ///< of these in the convolution: the first ones
  std::int64_t first = 0;     ///< number of the first
  std::int64_t pixel = 0;     ///< number of the first pixel in the destination
  std::int64_t step = 1;      ///< from there to the next
};

/// Numbers that finish_tile() may read behind the last of a spec's scale, offset, gain and shift; they do not matter.
inline constexpr std::int64_t kFinishPadding = 32;

/// What follows the sums of a tile (formula at ConvolutionSpec).
///
/// | tensor      | shape           | type               | notes                                      |
/// |-------------|-----------------|--------------------|--------------------------------------------|
/// | sums        | (pixels, width) | float64            | exact, before the zero point's share       |
/// | shift       | (width)         | float64            | the zero point's share of them, or nullptr |
/// | destination | (od, oh, ow, oc) | u8, u16 or float32 | as spec.destination_element                |
///
/// Bit-exact: the difference is rounded to float32 once, then each operation of the formula rounds by itself.
/// Thread-safe. Precondition: spec has kFinishPadding numbers more of each kind than channels.
void finish_tile(const ConvolutionSpec& spec, const TilePlace& place, const double* sums, const double* shift,
                 std::byte* destination) noexcept;

}  // namespace octocal::engine
