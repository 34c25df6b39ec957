// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// What follows the sums of some channels of one pixel (formula at ConvolutionSpec).
///
/// | tensor | shape       | type          | notes                                                  |
/// |--------|-------------|---------------|--------------------------------------------------------|
/// | sums   | (channels)  | float32       | each the exact sum, rounded once; overwritten          |
/// | offset | (channels)  | float32       | of this pixel, or nullptr                              |
/// | out    | (channels)  | u8, u16 or float32 | as spec.destination_element                       |
///
/// `first` is the number of the first channel. Bit-exact: each operation of the formula rounds by itself. Thread-safe.
void finish_pixel(const ConvolutionSpec& spec, std::int64_t first, std::int64_t channels, float* sums,
                  const float* offset, std::byte* out) noexcept;

}  // namespace octocal::engine
