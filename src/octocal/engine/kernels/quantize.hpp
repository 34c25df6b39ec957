// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>

#include "octocal/base/machine.hpp"
#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// out = clamp(round_half_even(x / scale) + zero_point, 0, 255), as ONNX's QuantizeLinear. Bit-exact, thread-safe.
void quantize_u8(const Quantization& to, std::span<const float> in, std::uint8_t* out,
                 Isa isa = Isa::kBaseline) noexcept;
/// The same up to 65535.
void quantize_u16(const Quantization& to, std::span<const float> in, std::uint16_t* out) noexcept;

/// out = float(q - zero_point) * scale, as ONNX's DequantizeLinear. Bit-exact, thread-safe.
void dequantize_u8(const Quantization& from, std::span<const std::uint8_t> in, float* out) noexcept;
void dequantize_u16(const Quantization& from, std::span<const std::uint16_t> in, float* out) noexcept;

}  // namespace octocal::engine
