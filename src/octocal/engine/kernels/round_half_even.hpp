// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace octocal::engine {

/// clamp(round_half_even(t), low, high) for integer bounds of at most 2^22 in size, as the processor's convert
/// instruction does in its default mode; bit-exact on every instruction set, and vectorisable without SSE4.1's round.
/// Clamping first does not change the result, since the bounds are integers. Not a number gives low.
[[gnu::always_inline]] inline float round_half_even_clamped(float t, float low, float high) noexcept {
  // Adding 1.5 * 2^23 leaves no bits for the fraction, so that the addition itself rounds, half to even.
  constexpr float kShift = 12582912.0F;
  const float above = t > low ? t : low;
  const float clamped = above < high ? above : high;
  const float shifted = clamped + kShift;
  return shifted - kShift;
}

}  // namespace octocal::engine
