// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/quantize.hpp"

#include "octocal/engine/kernels/each_isa.hpp"
#include "octocal/engine/kernels/round_half_even.hpp"

namespace octocal::engine {

namespace {

template <typename Stored>
[[gnu::always_inline]] inline void quantize_as(const Quantization& to, std::span<const float> in,
                                               Stored* __restrict out) noexcept {
  const auto low = static_cast<float>(-to.zero_point);
  const auto high = static_cast<float>(to.most() - to.zero_point);
  for (std::size_t i = 0; i < in.size(); ++i) {
    const float steps = round_half_even_clamped(in[i] / to.scale, low, high);
    out[i] = static_cast<Stored>(static_cast<int>(steps) + to.zero_point);
  }
}

template <typename Stored>
void dequantize_from(const Quantization& from, std::span<const Stored> in, float* out) noexcept {
  for (std::size_t i = 0; i < in.size(); ++i)
    out[i] = static_cast<float>(static_cast<int>(in[i]) - from.zero_point) * from.scale;
}

[[gnu::always_inline]] inline void quantize_to_u8(const Quantization& to, std::span<const float> in,
                                                  std::uint8_t* out) noexcept {
  quantize_as(to, in, out);
}
OCTOCAL_FOR_EACH_ISA(quantize_to_u8, (const Quantization& to, std::span<const float> in, std::uint8_t* out),
                     (to, in, out))

}  // namespace

void quantize_u8(const Quantization& to, std::span<const float> in, std::uint8_t* out, Isa isa) noexcept {
  quantize_to_u8_for(isa)(to, in, out);
}

void quantize_u16(const Quantization& to, std::span<const float> in, std::uint16_t* out) noexcept {
  quantize_as(to, in, out);
}

void dequantize_u8(const Quantization& from, std::span<const std::uint8_t> in, float* out) noexcept {
  dequantize_from(from, in, out);
}

void dequantize_u16(const Quantization& from, std::span<const std::uint16_t> in, float* out) noexcept {
  dequantize_from(from, in, out);
}

}  // namespace octocal::engine
