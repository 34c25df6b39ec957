// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace octocal::model {

/// Arithmetic of shapes is worked out for these two numbers of showers: where it gives them, the number of showers
/// itself stands there; where it gives the same, it does not depend on it. Primes that no size of a detector is, small
/// enough for exact float32 arithmetic.
inline constexpr std::int64_t kSomeBatch = 99991;
inline constexpr std::int64_t kOtherBatch = 99989;

}  // namespace octocal::model
