// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// What follows the int32 sums of some channels of one pixel (formula at ConvolutionSpec).
///
/// | tensor | shape       | type          | notes                                                  |
/// |--------|-------------|---------------|--------------------------------------------------------|
/// | sums   | (channels)  | int32         |                                                        |
/// | offset | (channels)  | float32       | of this pixel, or nullptr                              |
/// | out    | (channels)  | u8 or float32 | as spec.destination_element                            |
///
/// `first` is the number of the first channel. Bit-exact: each operation of the formula rounds by itself. Thread-safe.
/// Precondition: channels <= kTileChannels.
void finish_pixel(const ConvolutionSpec& spec, std::int64_t first, std::int64_t channels, const std::int32_t* sums,
                  const float* offset, std::byte* out) noexcept;

}  // namespace octocal::engine
