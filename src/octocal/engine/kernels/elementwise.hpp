// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "octocal/base/machine.hpp"
#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// LeakyReLU, batch norm's affine, and arithmetic of two sides with broadcasting; formulas at the specs. Operations in
/// the order shown, so the same bytes on every instruction set. Thread-safe, do not allocate. `out` overlaps no input.
void activate(const ActivationSpec& spec, Isa isa, const float* in, float* out) noexcept;
void channel_affine(const AffineSpec& spec, const float* in, float* out) noexcept;
void binary(const BinarySpec& spec, const float* left, const float* right, float* out) noexcept;
/// Of u8 buffers, as spec.stored says; the side that is the constant is nullptr. The same bytes as dequantize_u8,
/// binary and quantize_u8 one after the other.
void binary_u8(const BinarySpec& spec, const std::uint8_t* left, const std::uint8_t* right, std::uint8_t* out) noexcept;

}  // namespace octocal::engine
