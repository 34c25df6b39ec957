// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>

#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// out = the bits of the nearest number of a 16-bit format, half to even; beyond the format's range infinity, subnormal
/// numbers kept, not a number stays none: what model::bfloat16_bits() and model::float16_bits() give. Integer arithmetic
/// on the bits (and one exact addition for float16's subnormals), so the same bits on every instruction set.
/// Precondition: is_16_bit_float(to). Thread-safe.
void round_floats(Element to, std::span<const float> in, std::uint16_t* out) noexcept;

/// out = the float32 number of these bits, exact. Precondition: is_16_bit_float(from). Thread-safe.
void widen_floats(Element from, std::span<const std::uint16_t> in, float* out) noexcept;

}  // namespace octocal::engine
