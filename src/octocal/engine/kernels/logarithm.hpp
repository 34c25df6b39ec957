// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bit>
#include <cstdint>
#include <limits>

#include "octocal/engine/kernels/exponential.hpp"

namespace octocal::engine {

/// The logarithm of kernels/functions.hpp, inlined where it is used, as exponential() is.
[[gnu::always_inline]] inline float logarithm(float x) noexcept {
  const bool subnormal = x < std::numeric_limits<float>::min();
  const float normal = subnormal ? x * 8388608.0F : x;  // 2^23
  // Mantissa in [sqrt(1/2), sqrt(2)), so that no exponent but 0 meets a logarithm next to 0.
  constexpr std::uint32_t kSqrtHalf = 0x3f3504f3U;
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(normal) - kSqrtHalf;
  const float e = static_cast<float>(static_cast<std::int32_t>(bits) >> 23) - (subnormal ? 23.0F : 0.0F);
  const float m = std::bit_cast<float>((bits & 0x007fffffU) + kSqrtHalf) - 1.0F;
  const float z = m * m;
  float p = 7.0376836292e-2F;
  p = p * m - 1.1514610310e-1F;
  p = p * m + 1.1676998740e-1F;
  p = p * m - 1.2420140846e-1F;
  p = p * m + 1.4249322787e-1F;
  p = p * m - 1.6668057665e-1F;
  p = p * m + 2.0000714765e-1F;
  p = p * m - 2.4999993993e-1F;
  p = p * m + 3.3333331174e-1F;
  float y = (p * m) * z;
  y = y + e * kLn2Low;
  y = y - 0.5F * z;
  const float result = (m + y) + e * kLn2High;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  // Infinity and NaN are themselves (x + x), 0 and what is below it have no logarithm.
  const float beyond = choose(x < kInfinity, result, x + x);
  return choose(x < 0.0F, kNan, choose(x == 0.0F, -kInfinity, beyond));
}

}  // namespace octocal::engine
