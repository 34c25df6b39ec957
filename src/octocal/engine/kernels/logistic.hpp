// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bit>
#include <cstdint>

#include "octocal/engine/kernels/exponential.hpp"

namespace octocal::engine {

[[gnu::always_inline]] inline float magnitude(float x) noexcept {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) & 0x7fffffffU);
}

/// 1 / (1 + exp(-x)) of kernels/functions.hpp, inlined where it is used, as exponential() is.
[[gnu::always_inline]] inline float logistic(float x) noexcept {
  const float z = exponential(-magnitude(x));
  const float q = 1.0F / (1.0F + z);
  return choose(x < 0.0F, z * q, q);
}

}  // namespace octocal::engine
