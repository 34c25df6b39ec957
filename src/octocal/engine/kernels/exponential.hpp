// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bit>
#include <cstdint>
#include <limits>

namespace octocal::engine {

// The exponential function of kernels/functions.hpp, inlined where it is used, so that a loop of it becomes vectors of
// the caller's instruction set: the same bytes on all, because nothing is contracted.

// ln 2 in two parts: the first has so few bits that its products with exponents are exact.
inline constexpr float kLn2High = 0.693359375F;
inline constexpr float kLn2Low = -2.12194440e-4F;

[[gnu::always_inline]] inline float power_of_two(std::int32_t exponent) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(exponent + 127) << 23);
}

/// yes ? a : b, by masks: GCC 12 makes a branch of the operator where a side is constant, and then no vectors.
[[gnu::always_inline]] inline float choose(bool yes, float a, float b) noexcept {
  const std::uint32_t mask = yes ? ~0U : 0U;
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(a) & mask) | (std::bit_cast<std::uint32_t>(b) & ~mask));
}

/// exp(x) as (1 + less_one) 2^exponent, |ln(1 + less_one)| <= ln(2) / 2; for |x| below about 1e6.
struct ReducedExponential {
  float less_one;
  std::int32_t exponent;
};

[[gnu::always_inline]] inline ReducedExponential reduce_exponential(float x) noexcept {
  // Adding 1.5 * 2^23 leaves the nearest integer in the lowest bits.
  constexpr float kShift = 12582912.0F;
  const float shifted = x * 1.44269504088896341F + kShift;
  const float n = shifted - kShift;
  const auto exponent =
      static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(kShift));
  const float high = x - n * kLn2High;
  const float r = high - n * kLn2Low;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  return {p * (r * r) + r, exponent};
}

[[gnu::always_inline]] inline float exponential(float x) noexcept {
  const auto [less_one, exponent] = reduce_exponential(x);
  const float y = less_one + 1.0F;
  // In two steps: 2^exponent itself may be no normal number.
  const std::int32_t half = exponent >> 1;
  const float result = (y * power_of_two(half)) * power_of_two(exponent - half);
  // exp(-104) is less than half the smallest number, exp(89) more than the largest; NaN came through the polynomial.
  return choose(x > 89.0F, std::numeric_limits<float>::infinity(), choose(x < -104.0F, 0.0F, result));
}

/// exp(x) for x of at most about 80 in a third less steps; below -87, exp(-87), which is still a normal number.
[[gnu::always_inline]] inline float normal_exponential(float x) noexcept {
  const auto [less_one, exponent] = reduce_exponential(x < -87.0F ? -87.0F : x);
  return (less_one + 1.0F) * power_of_two(exponent);
}

}  // namespace octocal::engine
