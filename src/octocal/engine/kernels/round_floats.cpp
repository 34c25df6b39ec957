// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/round_floats.hpp"

#include <bit>
#include <cstddef>

// Without branches, so that the compiler makes vectors of the loops.

namespace octocal::engine {
namespace {

constexpr std::uint32_t kInfinity = 0x7f800000U;  // of float32

std::uint32_t bfloat16_bits(std::uint32_t bits) noexcept {
  const bool is_number = (bits & 0x7fffffffU) <= kInfinity;
  return (is_number ? bits + 0x7fffU + ((bits >> 16) & 1U) : bits | 0x400000U) >> 16;
}

std::uint32_t float16_bits(std::uint32_t bits) noexcept {
  constexpr std::uint32_t kLeastNormal = 0x38800000U;  // 2^-14
  constexpr std::uint32_t kOverflow = 0x477ff000U;  // 65520: half-way from the largest float16 to the next power of two
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  const std::uint32_t normal = (magnitude + 0x0fffU + ((magnitude >> 13) & 1U) - 0x38000000U) >> 13;
  // Multiples of 2^-24: adding 2^-1 leaves exactly those bits, and rounds.
  const float shifted = std::bit_cast<float>(magnitude < kLeastNormal ? magnitude : 0U) + 0.5F;
  const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(shifted) - 0x3f000000U;
  const std::uint32_t finite = magnitude < kLeastNormal ? subnormal : normal;
  const std::uint32_t rest = magnitude > kInfinity ? 0x7e00U : 0x7c00U;
  return ((bits >> 16) & 0x8000U) | (magnitude < kOverflow ? finite : rest);
}

std::uint32_t from_float16(std::uint32_t bits) noexcept {
  const std::uint32_t magnitude = bits & 0x7fffU;
  const std::uint32_t wide = (magnitude << 13) + (magnitude >= 0x7c00U ? 0x70000000U : 0x38000000U);
  // A subnormal number is its bits in units of 2^-24: converted, not shifted.
  const float small = static_cast<float>(static_cast<std::int32_t>(bits & 0x3ffU)) * 0x1p-24F;
  return ((bits & 0x8000U) << 16) | (magnitude < 0x400U ? std::bit_cast<std::uint32_t>(small) : wide);
}

}  // namespace

void round_floats(Element to, std::span<const float> in, std::uint16_t* out) noexcept {
  if (to == Element::kBfloat16) {
    for (std::size_t i = 0; i < in.size(); ++i)
      out[i] = static_cast<std::uint16_t>(bfloat16_bits(std::bit_cast<std::uint32_t>(in[i])));
  } else {
    for (std::size_t i = 0; i < in.size(); ++i)
      out[i] = static_cast<std::uint16_t>(float16_bits(std::bit_cast<std::uint32_t>(in[i])));
  }
}

void widen_floats(Element from, std::span<const std::uint16_t> in, float* out) noexcept {
  if (from == Element::kBfloat16) {
    for (std::size_t i = 0; i < in.size(); ++i) out[i] = std::bit_cast<float>(static_cast<std::uint32_t>(in[i]) << 16);
  } else {
    for (std::size_t i = 0; i < in.size(); ++i) out[i] = std::bit_cast<float>(from_float16(in[i]));
  }
}

}  // namespace octocal::engine
