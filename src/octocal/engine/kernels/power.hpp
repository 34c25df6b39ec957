// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace octocal::engine {

/// x to the power of y within 1 ulp, with C's rules for 0, infinity, NaN and whole exponents of negative numbers: by
/// logarithm and exponential in double, plain additions, multiplications and divisions in a fixed order, no library, so
/// the same bits everywhere. Thread-safe.
float power(float x, float y) noexcept;

}  // namespace octocal::engine
