// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <limits>

namespace octocal::physics {

/// NaN: stands for what cannot be computed.
inline constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// A measured number. NaN stands for what is undefined (the width of nothing, the error from one shower).
struct Number {
  double value = kUndefined;  ///< the number
  double error = kUndefined;  ///< one standard deviation, statistical, same unit as value
  double floor = kUndefined;  ///< the same number between two halves of the reference (blocked_sums.hpp)
};

}  // namespace octocal::physics
